import type { BookingStatus } from './filter.model.ts'
import type { Sensitivity } from './sensitivity.model.ts'

/** What bookings can be grouped by. A period is of the time when they start. */
export const statsDimensions = ['status', 'sensitivity', 'eventType', 'owner', 'day', 'week', 'month'] as const

export type StatsDimension = (typeof statsDimensions)[number]

export const periods = ['day', 'week', 'month'] as const satisfies readonly StatsDimension[]

export type Period = (typeof periods)[number]

export function isPeriod(dimension: StatsDimension): dimension is Period {
  return periods.some((period) => period === dimension)
}

/** Bookings that are alike in what they are grouped by. What they are not grouped by is null. */
export type StatsGroup = Readonly<{
  status: BookingStatus | null
  sensitivity: Sensitivity | null
  eventTypeId: number | null
  /** The event type's latest title. */
  eventTypeTitle: string | null
  ownerId: string | null
  /** The moment at which the period begins, and its first day there. */
  periodStart: Date | null
  periodLabel: string | null
  count: number
  /** Sum of their lengths. */
  minutes: number
}>

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
