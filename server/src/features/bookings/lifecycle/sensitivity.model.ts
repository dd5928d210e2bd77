import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry } from './event-log.model.ts'
import { anyOf, asSentences, urgentStems } from './urgency.model.ts'

export type Sensitivity = 'High' | 'Medium' | 'Low'

const fromLeastSensitive: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** The strictest sensitivity in a list, or null if there is none. */
export function strictestOf(settings: readonly (Sensitivity | null)[]): Sensitivity | null {
  return fromLeastSensitive.findLast((sensitivity) => settings.includes(sensitivity)) ?? null
}

/** Whether the first sensitivity shows more than the second. */
export function isLooser(sensitivity: Sensitivity, than: Sensitivity): boolean {
  return fromLeastSensitive.indexOf(sensitivity) < fromLeastSensitive.indexOf(than)
}

/** The sensitivity if neither the event type nor the pastor sets one. */
const defaultSensitivity: Sensitivity = 'Medium'

// Terms used by people in need or with something to hide. A false positive only hides a title; a false negative reveals one.
const grave = [
  ...urgentStems,
  // addiction
  'addict(?:s|ed|ion|ions|ive)?',
  'alcoholi(?:c|cs|sm)',
  'drinking (?:problem|again|too much)',
  'relaps(?:e|es|ed|ing)',
  'drug(?:s)? (?:problem|use|abuse|habit)|(?:using|taking|on) drugs',
  'gambl(?:e|es|ed|er|ing)',
  'porn|pornograph(?:y|ic)',
  // marriage and family
  'affair',
  'adulter(?:y|er|ous)',
  'infidelit(?:y|ies)|unfaithful',
  'cheat(?:s|ed|ing) on',
  'divorc(?:e|es|ed|ee|ing)',
  'separat(?:ed|ing|ion) from (?:my|his|her)|marital separation|(?:left|leaving) (?:my|his|her) (?:husband|wife)',
  'abortion(?:s)?',
  'miscarr(?:iage|iages|ied)',
  // other matters that could harm someone's reputation
  'hiv|aids|std',
  'arrest(?:ed)?|probation|restraining order',
  'confess(?:es|ed|ing|ion)?',
]

const gravePattern = anyOf(grave)

/** Whether a text contains a term that raises a booking to High. */
export function isGrave(text: string): boolean {
  return asSentences(text).some((sentence) => gravePattern.test(sentence))
}

/** Whether any event ever contained such a term. A text that is later withdrawn doesn't lower the sensitivity. */
export function mentionsGraveMatters(entries: readonly LogEntry[]): boolean {
  return newGraveTexts(entries).length > 0
}

/** The texts of a booking that contain such a term, including those carried over from earlier bookings. */
export function graveTextsIn(entries: readonly LogEntry[]): string[] {
  const earlier = entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : []))
  return [...new Set([...earlier, ...newGraveTexts(entries)])].sort()
}

/** The booking's own such texts. Cal.com repeats in a new booking what was written for the one it replaced. */
function newGraveTexts(entries: readonly LogEntry[]): string[] {
  const known = new Set(entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : [])))
  const texts = entries.flatMap(({ event }) =>
    event.kind === 'booking' || event.kind === 'meeting' ? textsOf(event) : [],
  )
  return [...new Set(texts)].filter((text) => text !== null).filter((text) => !known.has(text) && isGrave(text))
}

/** Every text of an event that an attendee can type. Questions count if they are answered, except with a plain no. */
function textsOf(event: BookingEvent | MeetingEvent): (string | null)[] {
  const { title, notes, cancellationReason, rejectionReason, place } = event
  return [
    title,
    notes,
    cancellationReason,
    rejectionReason,
    place?.text ?? null,
    place?.kind ?? null,
    place?.typed ?? null,
    place?.meetingLink ?? null,
    ...event.attendees.flatMap(({ name, email, phoneNumber, timeZone }) => [name, email, phoneNumber, timeZone]),
    ...event.answers.flatMap(({ slug, label, values }) => {
      const meaningful = values.filter((value) => !/^(?:no|false|0|off)$/i.test(value))
      return meaningful.length === 0 ? values : [slug, label, ...values]
    }),
  ]
}

/** The inputs of a booking's sensitivity. */
export type SensitivityInput = Readonly<{
  /** Set by the booking's pastor; null if not set. */
  pastor: Sensitivity | null
  eventType: Sensitivity | null
  /** Whether a text that was not judged before contains a grave term. */
  isGrave: boolean
  /** Set by the pastor of the booking it replaced, if that has the same event type. */
  earlierPastor?: Sensitivity | null
  /** The sensitivity of the booking it replaced, as a minimum. */
  floor?: Sensitivity | null
}>

/**
 * The pastor's setting takes precedence. Otherwise a grave term raises the event type's sensitivity, and nothing lowers it.
 */
export function sensitivityOf({ pastor, eventType, isGrave, earlierPastor, floor }: SensitivityInput): Sensitivity {
  if (pastor !== null) return pastor
  const start = earlierPastor ?? eventType ?? defaultSensitivity
  return strictestOf([start, floor ?? null, isGrave ? 'High' : null]) ?? start
}

const anonymousSlug = /^(?:is|be|stay|remain|keep[-_ ]?me|book)?[-_ ]?anonymous(?:ly)?$/i

/**
 * Whether the attendee checked a question named `anonymous` (or `stay-anonymous` and the like). They are then left out of
 * plaintext columns.
 */
export function asksForAnonymity(
  answers: readonly { readonly slug: string; readonly values: readonly string[] }[],
): boolean {
  return answers.some(
    ({ slug, values }) => anonymousSlug.test(slug) && values.some((value) => /^(?:yes|true|1|on)$/i.test(value)),
  )
}
