/** What a list of audit entries is narrowed to. What is left out does not narrow. */
export type AuditLogFilter = Readonly<{
  action?: readonly string[] | null | undefined
  /** The id of the user who acted. */
  userId?: string | null | undefined
  bookingId?: string | null | undefined
  /** `from <= createdAt < to`; either end may be open. */
  createdAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>
