import type { BookingFilter } from '../filter.model.ts'
import type { BookingStatus } from '../lifecycle/fold.model.ts'
import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'

/** The dimensions to group bookings by. Periods refer to the start time. */
const statsDimensions = ['status', 'sensitivity', 'eventType', 'owner', 'day', 'week', 'month'] as const

export type StatsDimension = (typeof statsDimensions)[number]

const periods = ['day', 'week', 'month'] as const satisfies readonly StatsDimension[]

export type Period = (typeof periods)[number]

export function isPeriod(dimension: StatsDimension): dimension is Period {
  return periods.some((period) => period === dimension)
}

/** A group of bookings. Fields that are not grouped by are null. */
export type StatsGroup = Readonly<{
  status: BookingStatus | null
  sensitivity: Sensitivity | null
  eventTypeId: number | null
  /** The event type's latest title. */
  eventTypeTitle: string | null
  ownerId: string | null
  /** The start of the period as a time, and its first day as a date. */
  periodStart: Date | null
  periodLabel: string | null
  count: number
  /** The sum of durations. Null for a count-only viewer, to whom it could reveal suppressed groups. */
  minutes: number | null
}>

/** The arguments of a statistics query, not validated yet. */
export type StatsInput = Readonly<{
  filter: BookingFilter
  groupBy: readonly StatsDimension[]
  timeZone: string
}>

/** The groups, and the total of all bookings. */
export type BookingStats = Readonly<{
  groups: readonly StatsGroup[]
  /** Null if it is suppressed for a count-only viewer. */
  total: Readonly<{ count: number; minutes: number | null }> | null
  /** Whether groups may be missing. Always true for a count-only viewer: whether any is missing would reveal it. */
  isPartial: boolean
}>
