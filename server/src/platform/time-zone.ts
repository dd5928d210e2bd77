// PostgreSQL interprets bare abbreviations and offsets differently: CET without summer time, +02 as west of UTC.
const zonePattern = /^(?:UTC|[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/

// A DateTimeFormat takes 100 µs to build. Names are case-insensitive, so the set is as small as the IANA database.
const knownZones = new Set<string>()

/** Whether a text is an IANA time zone in Area/Location form, or UTC. */
export function isTimeZone(text: string): boolean {
  if (!zonePattern.test(text)) return false
  const name = text.toLowerCase()
  if (knownZones.has(name)) return true
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name })
  } catch {
    return false
  }
  knownZones.add(name)
  return true
}
