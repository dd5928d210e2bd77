import type { BookingFilter } from '../filter.model.ts'
import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'
import type { BookingStatus } from '../lifecycle/status.model.ts'

/** What bookings can be grouped by. A period is of the time when they start. */
const statsDimensions = ['status', 'sensitivity', 'eventType', 'owner', 'day', 'week', 'month'] as const

export type StatsDimension = (typeof statsDimensions)[number]

const periods = ['day', 'week', 'month'] as const satisfies readonly StatsDimension[]

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
  /** Sum of their lengths; null for a viewer who only counts, to whom it would tell of the groups between the groups. */
  minutes: number | null
}>

/** What is asked, as it came. */
export type AskedStats = Readonly<{
  filter: BookingFilter
  groupBy: readonly StatsDimension[]
  timeZone: string
}>

/** Groups, and all bookings together as far as they may be told. */
export type BookingStats = Readonly<{
  groups: readonly StatsGroup[]
  /** Null where a viewer who only counts may not be told. */
  total: Readonly<{ count: number; minutes: number | null }> | null
  /** Whether groups may be left out: always for a viewer who only counts. Whether any is would tell of it. */
  isPartial: boolean
}>
