import type { CalLocation } from './cal-event.model.ts'

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
