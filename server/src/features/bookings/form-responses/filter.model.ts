/** What a list of form responses is narrowed to. What is left out does not narrow. */
export type FormResponseFilter = Readonly<{
  formId?: readonly string[] | null | undefined
  bookingId?: readonly string[] | null | undefined
  /** `from <= createdAt < to`; either end may be open. */
  createdAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>
