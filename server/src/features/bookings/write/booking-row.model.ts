import type { FoldedBooking } from '../lifecycle/fold.model.ts'
import type { PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'

/** All that stands in a booking's row and in its key. */
export type BookingRow = Readonly<{
  id: string
  ownerId: string
  calBookingId: number
  life: FoldedBooking
  columns: PlaintextColumns
  encryptedIntakeData: string
  at: Date
}>

/** The columns of its row besides those of `columns`. */
export function ownColumns({ ownerId, calBookingId, life, encryptedIntakeData, at }: BookingRow) {
  return { userId: ownerId, calBookingId, calBookingUid: life.uid, encryptedIntakeData, updatedAt: at }
}
