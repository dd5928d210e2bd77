import { counted, describeDuration, describeLocation, describeStart, type MeetingFacts } from './meeting.model.ts'
import { type Sensitivity, type SummaryMetadata, summaryMetadataSchema } from './model.ts'
import { firstName, listPeople } from './people.model.ts'

/** What the clear part of a summary is made from. What the attendee typed is not in it, so it can't come out of it. */
export type PlaintextSource = MeetingFacts &
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
export function plaintextMetadata(
  source: PlaintextSource,
  { at, ...written }: Readonly<{ at: Date }> & Pick<SummaryMetadata, 'method' | 'provider' | 'model' | 'reason'>,
): SummaryMetadata {
  return summaryMetadataSchema.parse({
    ...clearWords(source),
    sensitivity: source.sensitivity,
    location: describeLocation(source.location),
    when: source.startTime.toISOString(),
    duration: source.durationMinutes,
    generatedAt: at.toISOString(),
    ...written,
  })
}

/** Whether what stands in clear beside a summary was made for what its booking is now. */
export function isPlaintextCurrent(
  metadata: unknown,
  { sensitivity, isAnonymous }: Pick<PlaintextSource, 'sensitivity' | 'isAnonymous'>,
): boolean {
  const clear = summaryMetadataSchema.safeParse(metadata).data
  if (clear?.sensitivity !== sensitivity) return false
  return !isAnonymous || (clear.topic === privately && clear.participants.every((text) => /^\d+ p/.test(text)))
}

const fromLoosest: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** Whether what stands in clear beside a summary tells more than its booking may show by now. */
export function revealsTooMuch(
  clear: SummaryMetadata,
  now: Pick<PlaintextSource, 'sensitivity' | 'isAnonymous'>,
): boolean {
  const { sensitivity } = clear
  const isLooser = fromLoosest.indexOf(sensitivity) < fromLoosest.indexOf(now.sensitivity)
  return isLooser || !isPlaintextCurrent(clear, { ...now, sensitivity })
}

/** What stands in clear beside a summary, cut down to what any booking may show. */
export function redactedMetadata(
  clear: SummaryMetadata,
  now: Pick<PlaintextSource, 'sensitivity' | 'attendeeCount' | 'timeZone'>,
): SummaryMetadata {
  const { when, duration: durationMinutes } = clear
  const meeting = { startTime: new Date(when), timeZone: now.timeZone, durationMinutes }
  return { ...clear, ...privateWords(meeting, now.attendeeCount), sensitivity: now.sensitivity }
}

/** What stands in clear beside a summary once retention has taken its people; null for what is no metadata of ours. */
export function anonymousMetadata(metadata: unknown): SummaryMetadata | null {
  const { data: clear } = summaryMetadataSchema.safeParse(metadata)
  if (clear === undefined) return null
  const meeting = { startTime: new Date(clear.when), timeZone: null, durationMinutes: clear.duration }
  return { ...clear, topic: privately, participants: [], plainText: whenOf(meeting), location: describeLocation(null) }
}

function privateWords(
  meeting: Pick<MeetingFacts, 'startTime' | 'timeZone' | 'durationMinutes'>,
  attendeeCount: number,
): Clear {
  return { topic: privately, participants: [counted(attendeeCount, 'person', 'people')], plainText: whenOf(meeting) }
}

function whenOf(meeting: Pick<MeetingFacts, 'startTime' | 'timeZone' | 'durationMinutes'>): string {
  return `${describeStart(meeting)}, ${describeDuration(meeting.durationMinutes)}.`
}

function clearWords(source: PlaintextSource): Clear {
  const when = whenOf(source)
  const eventType = source.eventTypeTitle ?? withoutTitle
  if (source.isAnonymous || source.sensitivity === 'High') return privateWords(source, source.attendeeCount)
  if (source.sensitivity === 'Medium') {
    return { topic: eventType, participants: source.attendeeNames.map(firstName), plainText: when }
  }
  const people = source.attendeeNames.length === 0 ? 'A guest' : listPeople(source.attendeeNames)
  return { topic: source.title, participants: [...source.attendeeNames], plainText: `${people}: ${eventType}. ${when}` }
}
