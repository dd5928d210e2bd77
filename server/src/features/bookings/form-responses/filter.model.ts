/** Filters form responses. All conditions must match; omitted fields are ignored. */
export type FormResponseFilter = Readonly<{
  formId?: readonly string[] | null | undefined
  bookingId?: readonly string[] | null | undefined
  /** `from <= createdAt < to`; either bound may be omitted. */
  createdAt?: Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }> | null | undefined
}>
