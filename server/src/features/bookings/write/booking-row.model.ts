import type { BookingLife } from '../lifecycle/fold.model.ts'
import type { ClearColumns } from '../lifecycle/plaintext-columns.model.ts'

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
