import type { BookingStatus } from './lifecycle/fold.model.ts'

/** `from <= t < to`; either bound may be omitted. */
type DateTimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** Filters bookings. All conditions must match; omitted fields are ignored. */
export type BookingFilter = Readonly<{
  startTime?: DateTimeRange | null | undefined
  status?: readonly BookingStatus[] | null | undefined
  sensitivity?: readonly ('High' | 'Medium' | 'Low')[] | null | undefined
  /** The owner's user ID. */
  ownerId?: string | null | undefined
  /** Part of a title. Titles that the viewer sees redacted are not searched. */
  search?: string | null | undefined
  ids?: readonly string[] | null | undefined
  eventTypeId?: readonly number[] | null | undefined
  isAnonymous?: boolean | null | undefined
  hasSummary?: boolean | null | undefined
  /** In minutes, inclusive. */
  duration?: Readonly<{ min?: number | null | undefined; max?: number | null | undefined }> | null | undefined
  createdAt?: DateTimeRange | null | undefined
  updatedAt?: DateTimeRange | null | undefined
  /** All of these must match. */
  and?: readonly BookingFilter[] | null | undefined
  /** Any of these must match. */
  or?: readonly BookingFilter[] | null | undefined
  /** Must not match. */
  not?: BookingFilter | null | undefined
}>

export type BookingOrder = Readonly<{
  field: 'startTime' | 'createdAt' | 'updatedAt' | 'duration' | 'status'
  direction: 'asc' | 'desc'
}>
