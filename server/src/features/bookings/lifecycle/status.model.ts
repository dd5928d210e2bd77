export const bookingStatuses = [
  'pending',
  'confirmed',
  'rejected',
  'cancelled',
  'rescheduled',
  'completed',
  'no_show',
] as const

export type BookingStatus = (typeof bookingStatuses)[number]
