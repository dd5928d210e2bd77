import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry } from './event-log.model.ts'
import { anyOf, asSentences, urgentStems } from './urgency.model.ts'

export type Sensitivity = 'High' | 'Medium' | 'Low'

const fromLoosest: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** The strictest of what is set, or null where nothing is. */
export function strictestOf(settings: readonly (Sensitivity | null)[]): Sensitivity | null {
  return fromLoosest.findLast((sensitivity) => settings.includes(sensitivity)) ?? null
}

/** Whether something would show more under the one than under the other. */
export function isLooser(sensitivity: Sensitivity, than: Sensitivity): boolean {
  return fromLoosest.indexOf(sensitivity) < fromLoosest.indexOf(than)
}

/** What a booking is when neither its event type nor its pastor says so. */
const defaultSensitivity: Sensitivity = 'Medium'

// What somebody writes who is in need, or has something to hide. A word too many only hides a title; a word too few
// shows it.
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
  // what else could cost somebody their standing
  'hiv|aids|std',
  'arrest(?:ed)?|probation|restraining order',
  'confess(?:es|ed|ing|ion)?',
]

const gravePattern = anyOf(grave)

/** Whether a text holds a word that raises a booking to High. */
export function isGrave(text: string): boolean {
  return asSentences(text).some((said) => gravePattern.test(said))
}

/** Whether anything that was ever said about a booking does; so a word that is taken back does not lower it again. */
export function mentionsGraveMatters(entries: readonly LogEntry[]): boolean {
  return newGraveTexts(entries).length > 0
}

/** The texts of a booking that hold such a word, those that it took over from earlier bookings included. */
export function graveTextsIn(entries: readonly LogEntry[]): string[] {
  const earlier = entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : []))
  return [...new Set([...earlier, ...newGraveTexts(entries)])].sort()
}

/** Those of its own: Cal.com repeats in a new booking what was written for the one whose place it took. */
function newGraveTexts(entries: readonly LogEntry[]): string[] {
  const known = new Set(entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : [])))
  const texts = entries.flatMap(({ event }) =>
    event.kind === 'booking' || event.kind === 'meeting' ? textsOf(event) : [],
  )
  return [...new Set(texts)].filter((text) => text !== null).filter((text) => !known.has(text) && isGrave(text))
}

/** Every text of an event that an attendee can type. A question counts once it is answered, but for a plain no. */
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
      const said = values.filter((value) => !/^(?:no|false|0|off)$/i.test(value))
      return said.length === 0 ? values : [slug, label, ...values]
    }),
  ]
}

/** What decides how sensitive a booking is. */
export type Deciding = Readonly<{
  /** What its pastor set; null where nobody did. */
  pastor: Sensitivity | null
  eventType: Sensitivity | null
  /** Whether a grave word stands in anything that was not judged before. */
  isGrave: boolean
  /** What the pastor of the booking before it set, where it is of the same event type. */
  earlierPastor?: Sensitivity | null
  /** What the booking before it was: this one shows no more. */
  floor?: Sensitivity | null
}>

/** The pastor's own setting counts before all; a grave word raises the event type's, and nothing lowers it. */
export function sensitivityOf({ pastor, eventType, isGrave, earlierPastor, floor }: Deciding): Sensitivity {
  if (pastor !== null) return pastor
  const start = earlierPastor ?? eventType ?? defaultSensitivity
  return strictestOf([start, floor ?? null, isGrave ? 'High' : null]) ?? start
}

const anonymousSlug = /^(?:is|be|stay|remain|keep[-_ ]?me|book)?[-_ ]?anonymous(?:ly)?$/i

/** Somebody who ticks a question named `anonymous` (or `stay-anonymous` and the like) stays unnamed in clear columns. */
export function asksForAnonymity(
  answers: readonly { readonly slug: string; readonly values: readonly string[] }[],
): boolean {
  return answers.some(
    ({ slug, values }) => anonymousSlug.test(slug) && values.some((value) => /^(?:yes|true|1|on)$/i.test(value)),
  )
}
