import { isTimeZone } from '../../../platform/time-zone.ts'
import type { CalLocation } from './cal-event.model.ts'
import type { FoldedBooking } from './fold.model.ts'
import {
  containsIdentifier,
  lettersAndDigits,
  numberInAddress,
  type PersonalIdentifiers,
  personalIdentifiersOf,
} from './personal-identifiers.model.ts'

/** The texts of an event type. Null where unknown or not allowed in plaintext. */
export type EventTypeTexts = Readonly<{ title: string | null; slug: string | null; description: string | null }>

const maxSlugLength = 100
const maxTitleLength = 255
const maxDescriptionLength = 2_000
const maxQuestionLength = 300
/** Shorter typed texts are too common to count as quotes. */
const minQuoteLength = 8

const slugPattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Returns the text if it is a slug of lower-case letters, digits and single hyphens, else null. */
function slugOf(text: string | null): string | null {
  return text !== null && text.length <= maxSlugLength && slugPattern.test(text) ? text : null
}

/** Returns the text if it is an IANA time zone, else null. */
export function zoneOf(text: string | null): string | null {
  return text !== null && text.length <= 50 && isTimeZone(text) ? text : null
}

/** The identifiers by which a booking's people could be recognized. */
export function personalIdentifiersIn(folded: FoldedBooking): PersonalIdentifiers {
  const { people, contacts, answers, notes, place } = folded
  const named = answers.filter(({ slug }) => slug === 'name' || slug === 'guests').flatMap(({ values }) => values)
  const typed = answers.flatMap(({ values }) => values)
  return personalIdentifiersOf({
    names: [
      ...[...people, ...contacts].map(({ name }) => name),
      ...named.filter((name) => numberInAddress(name) === null),
    ],
    addresses: [...people, ...contacts].map(({ email }) => email),
    numbers: [...people, ...contacts].map(({ phoneNumber }) => phoneNumber),
    texts: [...typed, notes ?? '', place?.typed ?? ''],
  })
}

/**
 * The event type's texts from a booking's events, as far as they may be stored in plaintext: texts that identify nobody in
 * the booking and quote nothing that was typed. All null if no people are known, because then nothing can be checked.
 */
export function receivedEventType(folded: FoldedBooking, of: PersonalIdentifiers): EventTypeTexts {
  if (folded.people.length === 0) return { title: null, slug: null, description: null }
  const allowed = (text: string | null, maxLength: number) => {
    const isFit =
      text !== null &&
      text.length <= maxLength &&
      !containsIdentifier(text, of, { isStrict: true }) &&
      !quotes(text, folded)
    return isFit ? text : null
  }
  return {
    title: allowed(folded.eventTypeTitle, maxTitleLength),
    slug: allowed(slugOf(folded.eventTypeSlug), maxSlugLength),
    description: allowed(folded.eventTypeDescription, maxDescriptionLength),
  }
}

/** The event type's texts that a booking shows. Even the pastor's own texts are left out where they identify an attendee. */
export function visibleEventType(known: EventTypeTexts | null, of: PersonalIdentifiers): EventTypeTexts {
  const shown = (text: string | null) =>
    text !== null && !containsIdentifier(text, of, { isStrict: false }) ? text : null
  return {
    title: shown(known?.title ?? null),
    slug: shown(known?.slug ?? null),
    description: shown(known?.description ?? null),
  }
}

/** The known texts of an event type, completed from a booking. Null if that adds nothing. */
export function mergedEventType(known: EventTypeTexts | null, received: EventTypeTexts): EventTypeTexts | null {
  const next = {
    title: known?.title ?? received.title,
    slug: known?.slug ?? received.slug,
    description: known?.description ?? received.description,
  }
  const isMore = (['title', 'slug', 'description'] as const).some((key) => next[key] !== (known?.[key] ?? null))
  return isMore ? next : null
}

/** A question as a form may show it: with its label, or with its slug if the label identifies somebody. Null if both do. */
export function plaintextQuestion(
  { slug, label }: Readonly<{ slug: string; label: string }>,
  of: PersonalIdentifiers,
): Readonly<{ slug: string; label: string }> | null {
  const allowed = (text: string) =>
    text.length <= maxQuestionLength && !containsIdentifier(text, of, { isStrict: true })
  if (slug.length > maxSlugLength || !allowed(slug)) return null
  return { slug, label: allowed(label) ? label : slug }
}

function quotes(text: string, { notes, answers, place, title }: FoldedBooking): boolean {
  const letters = lettersAndDigits(text)
  const typed = [...(notes ?? '').split('\n\n'), place?.typed ?? '', ...answers.flatMap(({ values }) => values)]
  const isQuoted = typed.map(lettersAndDigits).some((each) => each.length >= minQuoteLength && letters.includes(each))
  // A complete booking title, which names the attendee, sent as the event type's title.
  const isOfPeople = title !== null && /\b(?:between|with)\b/iu.test(text) && lettersAndDigits(title) === letters
  return isQuoted || isOfPeople
}

const videoCall = 'Video call'
const phoneCall = 'Phone call'
const inPerson = 'In person'

/** Cal.com's kinds of locations that the pastor configured. They reveal nothing about the attendee. */
const pastorsOwnKinds = new Set(['inPerson', 'link', 'conferencing'])

/**
 * The location that may be stored in plaintext: a link that can't be used without an invitation, or a location configured by
 * the pastor that identifies no attendee. For phone numbers, typed addresses, links with a password and all locations of
 * private bookings, only the kind is stored. A location of unknown origin counts as typed.
 */
export function plaintextLocation(
  place: CalLocation | null,
  isPrivate: boolean,
  mayBeShown: (text: string) => boolean,
): string | null {
  const full = fullLocation(place)
  if (place === null || full === null) return null
  const isShown = !isPrivate && place.typed === null && full.length <= 500 && mayBeShown(full)
  if (isVideo(place)) return isShown && isBareLink(full) && isPastorsLink(place) ? full : videoCall
  if (isPhone(place)) return phoneCall
  return isShown && isPastorsOwn(place) ? full : inPerson
}

/** The full location. */
export function fullLocation(place: CalLocation | null): string | null {
  if (place === null) return null
  if (place.meetingLink !== null && isVideo(place)) return place.meetingLink
  const text = place.typed ?? place.text
  if (text === null || isIntegration(text)) return isVideo(place) ? videoCall : null
  return text === 'phone' ? phoneCall : text
}

/** Whether the link was created by an app or configured by the pastor. Without its kind, it may have been typed. */
function isPastorsLink({ text, kind, meetingLink }: CalLocation): boolean {
  return (
    meetingLink !== null ||
    isIntegration(text ?? '') ||
    (kind !== null && (isIntegration(kind) || pastorsOwnKinds.has(kind)))
  )
}

function isVideo({ text, kind, meetingLink }: CalLocation): boolean {
  if (text === null) return meetingLink !== null
  return isIntegration(text) || isIntegration(kind ?? '') || /^https?:\/\//i.test(text)
}

function isIntegration(text: string): boolean {
  return /^(?:integrations?:|conferencing$)/.test(text)
}

function isPhone({ text, kind, typed }: CalLocation): boolean {
  if (kind !== null && /phone/i.test(kind)) return true
  return /^\+?[\d\s().-]{6,}$/.test(typed ?? text ?? '')
}

function isPastorsOwn({ kind, typed }: CalLocation): boolean {
  return typed === null && kind !== null && pastorsOwnKinds.has(kind)
}

/** Meeting passwords are in the query or fragment. */
function isBareLink(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.password === ''
}

/** Truncates a text to a column's width in code points, as PostgreSQL counts. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return [...text].slice(0, maxLength).join('').trimEnd()
}
