import type { ClearColumns } from './clear-columns.model.ts'
import type { BookingLife } from './life.model.ts'

/** All that stands in a booking's row and in its key. */
export type WrittenBooking = Readonly<{
  id: string
  ownerId: string
  calBookingId: number
  life: BookingLife
  columns: ClearColumns
  encryptedIntakeData: string
  at: Date
}>

/** The columns of its row besides those of `columns`. */
export function ownColumns({ ownerId, calBookingId, life, encryptedIntakeData, at }: WrittenBooking) {
  return { userId: ownerId, calBookingId, calBookingUid: life.uid, encryptedIntakeData, updatedAt: at }
}
