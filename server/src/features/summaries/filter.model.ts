type TimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** Filters summaries. All conditions must match; omitted fields are ignored. Ranges are `from <= t < to`. */
export type SummaryFilter = Readonly<{
  bookingId?: readonly string[] | null | undefined
  createdAt?: TimeRange | null | undefined
  expiresAt?: TimeRange | null | undefined
}>
