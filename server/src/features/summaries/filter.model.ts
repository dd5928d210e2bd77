import type { Sensitivity, SummaryMetadata } from './model.ts'

type TimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** Filters summaries. All conditions must match; omitted fields are ignored. Ranges are `from <= t < to`. */
export type SummaryFilter = Readonly<{
  bookingId?: readonly string[] | null | undefined
  createdAt?: TimeRange | null | undefined
  expiresAt?: TimeRange | null | undefined
  /** The user ID of the bookings' owner. */
  ownerId?: string | null | undefined
  method?: readonly SummaryMetadata['method'][] | null | undefined
  provider?: readonly NonNullable<SummaryMetadata['provider']>[] | null | undefined
  sensitivity?: readonly Sensitivity[] | null | undefined
}>
