/** What a list of audit entries is narrowed to. What is left out does not narrow. */
export type AuditLogFilter = Readonly<{
  action?: readonly string[] | null | undefined
  /** The id of the user who acted. */
  userId?: string | null | undefined
  bookingId?: string | null | undefined
  /** `from <= createdAt < to`; either end may be open. */
  createdAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>

/**
 * Refused attempts at what is another's. They are not in their author's own view: an entry for each id that exists, and
 * none for the others, would tell which exist.
 */
export const hiddenFromActor: readonly string[] = [
  'summary.read_denied',
  'intake.read_denied',
  'form_response.read_denied',
]

/** The house's own upkeep of a pastor's values. Nobody opened anything, and it would drown what somebody did. */
export const hiddenFromOwner: readonly string[] = ['vault.resealed', 'booking.owner_recorded', 'audit.carried_over']
