import { counted, describeDuration, describePlace, describeStart, type MeetingFacts } from './meeting.model.ts'
import { type Sensitivity, type SummaryMetadata, summaryMetadataSchema } from './model.ts'
import { firstName, listPeople } from './people.model.ts'

/** What the clear part of a summary is made from. What the attendee typed is not in it, so it can't come out of it. */
export type ClearSource = MeetingFacts &
  Readonly<{
    title: string
    sensitivity: Sensitivity
    isAnonymous: boolean
    /** The real names; may be sealed elsewhere. */
    attendeeNames: readonly string[]
    attendeeCount: number
  }>

type Clear = Pick<SummaryMetadata, 'topic' | 'participants' | 'plainText'>

const withoutTitle = 'Appointment'
const privately = 'Private'

/** What may stand in clear beside a summary, by the table of design §2. */
export function clearMetadata(
  source: ClearSource,
  written: Readonly<{ at: Date; method: SummaryMetadata['method'] }>,
): SummaryMetadata {
  return summaryMetadataSchema.parse({
    ...clearWords(source),
    sensitivity: source.sensitivity,
    location: describePlace(source.location),
    when: source.startTime.toISOString(),
    duration: source.durationMinutes,
    generatedAt: written.at.toISOString(),
    method: written.method,
  })
}

/** Whether what stands in clear beside a summary was made for what its booking is now. */
export function isClearStillRight(
  metadata: unknown,
  { sensitivity, isAnonymous }: Pick<ClearSource, 'sensitivity' | 'isAnonymous'>,
): boolean {
  const clear = summaryMetadataSchema.safeParse(metadata).data
  if (clear?.sensitivity !== sensitivity) return false
  return !isAnonymous || (clear.topic === privately && clear.participants.every((text) => /^\d+ p/.test(text)))
}

function clearWords(source: ClearSource): Clear {
  const when = `${describeStart(source)}, ${describeDuration(source.durationMinutes)}.`
  const eventType = source.eventTypeTitle ?? withoutTitle
  if (source.isAnonymous || source.sensitivity === 'High') {
    return { topic: privately, participants: [counted(source.attendeeCount, 'person', 'people')], plainText: when }
  }
  if (source.sensitivity === 'Medium') {
    return { topic: eventType, participants: source.attendeeNames.map(firstName), plainText: when }
  }
  const people = source.attendeeNames.length === 0 ? 'A guest' : listPeople(source.attendeeNames)
  return { topic: source.title, participants: [...source.attendeeNames], plainText: `${people}: ${eventType}. ${when}` }
}
