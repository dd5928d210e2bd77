// PostgreSQL interprets bare abbreviations and offsets differently: CET without summer time, +02 as west of UTC.
const zonePattern = /^(?:UTC|[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/

/** Whether a text is an IANA time zone in Area/Location form, or UTC. */
export function isTimeZone(text: string): boolean {
  if (!zonePattern.test(text)) return false
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
