// PostgreSQL reads a bare abbreviation, or an offset, otherwise than everybody else: CET without summer, +02 as west.
const zonePattern = /^(?:UTC|[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/

/** Whether a text names an IANA time zone by its area and place, or is UTC. */
export function isTimeZone(text: string): boolean {
  if (!zonePattern.test(text)) return false
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
