import type { BookingStatus } from './lifecycle/status.model.ts'

/** Times with `from <= t < to`; either end may be open. */
type DateTimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** What a list of bookings is narrowed to. What is left out does not narrow. */
export type BookingFilter = Readonly<{
  startTime?: DateTimeRange | null | undefined
  status?: readonly BookingStatus[] | null | undefined
  sensitivity?: readonly ('High' | 'Medium' | 'Low')[] | null | undefined
  /** A user's id. */
  ownerId?: string | null | undefined
  /** Words of a title; a title that the viewer sees redacted is not searched. */
  search?: string | null | undefined
  ids?: readonly string[] | null | undefined
  eventTypeId?: readonly number[] | null | undefined
  isAnonymous?: boolean | null | undefined
  hasSummary?: boolean | null | undefined
  /** Minutes, both ends included. */
  duration?: Readonly<{ min?: number | null | undefined; max?: number | null | undefined }> | null | undefined
  createdAt?: DateTimeRange | null | undefined
  updatedAt?: DateTimeRange | null | undefined
}>

export type BookingOrder = Readonly<{
  field: 'startTime' | 'createdAt' | 'updatedAt' | 'duration' | 'status'
  direction: 'asc' | 'desc'
}>
