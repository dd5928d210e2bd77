import type { CalLocation } from './cal-event.model.ts'

const videoCall = 'Video call'
const phoneCall = 'Phone call'
const inPerson = 'In person'

/** Cal.com's kinds of places that the pastor set up. What is at such a place says nothing about who comes. */
const pastorsOwnKinds = new Set(['inPerson', 'link', 'conferencing'])

/**
 * Where a meeting is, as far as it may stand in clear: a link that opens nothing without being invited, or a place of the
 * pastor's own, that names nobody who comes. A number, an address that the attendee typed and a link that carries its own password are told by their
 * kind only; so is every place of a private booking. A place of which Cal.com doesn't say whose it is counts as typed.
 */
export function plaintextLocation(
  place: CalLocation | null,
  isPrivate: boolean,
  mayBeShown: (text: string) => boolean,
): string | null {
  const whole = fullLocation(place)
  if (place === null || whole === null) return null
  const isShown = !isPrivate && place.typed === null && whole.length <= 500 && mayBeShown(whole)
  if (isVideo(place)) return isShown && isBareLink(whole) && isPastorsLink(place) ? whole : videoCall
  if (isPhone(place)) return phoneCall
  return isShown && isPastorsOwn(place) ? whole : inPerson
}

/** Where a meeting is, in full. */
export function fullLocation(place: CalLocation | null): string | null {
  if (place === null) return null
  if (place.meetingLink !== null && isVideo(place)) return place.meetingLink
  const text = place.typed ?? place.text
  if (text === null || isIntegration(text)) return isVideo(place) ? videoCall : null
  return text === 'phone' ? phoneCall : text
}

/** A link that an app made, or that the pastor set up. Without its kind nothing says that nobody typed it. */
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

/** Passwords of calls stand behind `?` or `#`. */
function isBareLink(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.password === ''
}
