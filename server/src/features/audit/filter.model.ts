/** Filters audit entries. All conditions must match; omitted fields are ignored. */
export type AuditLogFilter = Readonly<{
  action?: readonly string[] | null | undefined
  /** The ID of the user who acted. */
  userId?: string | null | undefined
  bookingId?: string | null | undefined
  /** `from <= createdAt < to`; either bound may be omitted. */
  createdAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>

/**
 * Denied reads are hidden from the user who attempted them. An entry exists only for IDs that exist, so showing it would
 * reveal which IDs are valid.
 */
export const hiddenFromActor: readonly string[] = [
  'summary.read_denied',
  'intake.read_denied',
  'form_response.read_denied',
]

/**
 * Maintenance by the system is hidden from a booking's owner: it exposes no content and would drown the relevant entries.
 */
export const hiddenFromOwner: readonly string[] = ['vault.resealed', 'booking.owner_recorded', 'audit.carried_over']

/** The actions that match two lists. A list that isn't given matches every action. */
export function bothOf(
  action: readonly string[] | null | undefined,
  actionType: readonly string[] | null | undefined,
): readonly string[] | null {
  if (!action || !actionType) return action ?? actionType ?? null
  return action.filter((each) => actionType.includes(each))
}
