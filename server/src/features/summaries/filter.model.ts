type TimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** What a list of summaries is narrowed to. What is left out does not narrow; ranges are `from <= t < to`. */
export type SummaryFilter = Readonly<{
  bookingId?: readonly string[] | null | undefined
  createdAt?: TimeRange | null | undefined
  expiresAt?: TimeRange | null | undefined
}>
