import { counted, describeDuration, describeLocation, describeStart, type MeetingFacts } from './meeting.model.ts'
import { type Sensitivity, type SummaryMetadata, summaryMetadataSchema } from './model.ts'
import { firstName, listPeople } from './people.model.ts'

/** The input of a summary's plaintext metadata. It contains nothing that an attendee typed, so the metadata can't either. */
export type PlaintextSource = MeetingFacts &
  Readonly<{
    title: string
    sensitivity: Sensitivity
    isAnonymous: boolean
    /** The real names. May come from encrypted data. */
    attendeeNames: readonly string[]
    attendeeCount: number
  }>

type VisibleParts = Pick<SummaryMetadata, 'topic' | 'participants' | 'plainText'>

const defaultTopic = 'Appointment'
const privateTopic = 'Private'

/** Builds the plaintext metadata of a summary, redacted according to the booking's sensitivity (docs/privacy.md). */
export function plaintextMetadata(
  source: PlaintextSource,
  { at, ...written }: Readonly<{ at: Date }> & Pick<SummaryMetadata, 'method' | 'provider' | 'model' | 'reason'>,
): SummaryMetadata {
  return summaryMetadataSchema.parse({
    ...visibleParts(source),
    sensitivity: source.sensitivity,
    location: describeLocation(source.location),
    when: source.startTime.toISOString(),
    duration: source.durationMinutes,
    generatedAt: at.toISOString(),
    ...written,
  })
}

/** Whether plaintext metadata was built for the booking's current sensitivity and anonymity. */
export function isPlaintextCurrent(
  metadata: unknown,
  { sensitivity, isAnonymous }: Pick<PlaintextSource, 'sensitivity' | 'isAnonymous'>,
): boolean {
  const parsed = summaryMetadataSchema.safeParse(metadata).data
  if (parsed?.sensitivity !== sensitivity) return false
  return !isAnonymous || (parsed.topic === privateTopic && parsed.participants.every((text) => /^\d+ p/.test(text)))
}

const fromLeastSensitive: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** Whether plaintext metadata reveals more than the booking may show now. */
export function revealsTooMuch(
  metadata: SummaryMetadata,
  now: Pick<PlaintextSource, 'sensitivity' | 'isAnonymous'>,
): boolean {
  const { sensitivity } = metadata
  const isLessSensitive = fromLeastSensitive.indexOf(sensitivity) < fromLeastSensitive.indexOf(now.sensitivity)
  return isLessSensitive || !isPlaintextCurrent(metadata, { ...now, sensitivity })
}

/** Reduces plaintext metadata to what any booking may show. */
export function redactedMetadata(
  metadata: SummaryMetadata,
  now: Pick<PlaintextSource, 'sensitivity' | 'attendeeCount' | 'timeZone'>,
): SummaryMetadata {
  const { when, duration: durationMinutes } = metadata
  const meeting = { startTime: new Date(when), timeZone: now.timeZone, durationMinutes }
  return { ...metadata, ...redactedParts(meeting, now.attendeeCount), sensitivity: now.sensitivity }
}

/**
 * Removes personal data from plaintext metadata when retention removes it from the booking. Null if the metadata is invalid.
 */
export function anonymousMetadata(metadata: unknown): SummaryMetadata | null {
  const { data: parsed } = summaryMetadataSchema.safeParse(metadata)
  if (parsed === undefined) return null
  const meeting = { startTime: new Date(parsed.when), timeZone: null, durationMinutes: parsed.duration }
  return {
    ...parsed,
    topic: privateTopic,
    participants: [],
    plainText: describeTime(meeting),
    location: describeLocation(null),
  }
}

function redactedParts(
  meeting: Pick<MeetingFacts, 'startTime' | 'timeZone' | 'durationMinutes'>,
  attendeeCount: number,
): VisibleParts {
  return {
    topic: privateTopic,
    participants: [counted(attendeeCount, 'person', 'people')],
    plainText: describeTime(meeting),
  }
}

function describeTime(meeting: Pick<MeetingFacts, 'startTime' | 'timeZone' | 'durationMinutes'>): string {
  return `${describeStart(meeting)}, ${describeDuration(meeting.durationMinutes)}.`
}

function visibleParts(source: PlaintextSource): VisibleParts {
  const when = describeTime(source)
  const eventType = source.eventTypeTitle ?? defaultTopic
  if (source.isAnonymous || source.sensitivity === 'High') return redactedParts(source, source.attendeeCount)
  if (source.sensitivity === 'Medium') {
    return { topic: eventType, participants: source.attendeeNames.map(firstName), plainText: when }
  }
  const people = source.attendeeNames.length === 0 ? 'A guest' : listPeople(source.attendeeNames)
  return { topic: source.title, participants: [...source.attendeeNames], plainText: `${people}: ${eventType}. ${when}` }
}
