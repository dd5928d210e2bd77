import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { BadUserInputError, ConflictError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { isActivePastor } from '../../users/colleagues.reads.ts'
import { handedOver } from '../lifecycle/participants.model.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type HandOverDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Hands over one of the viewer's own bookings to another active pastor. In one transaction, its encrypted texts are
 * decrypted with the old owner's ID and re-encrypted for the new one; the summaries, which may mention earlier visits to the
 * old owner, are deleted, and new ones enqueued. The hand-over persists through later Cal.com events as long as they name
 * the same organizer, and applies to a booking that replaces this one.
 *
 * @throws BadUserInputError for `toUserId` if that isn't an active pastor
 * @throws ConflictError if the booking is already the recipient's, or another booking has replaced it
 * @throws NotFoundError if the booking doesn't exist, isn't the viewer's, or was emptied by retention
 * @throws UnreadableError, AuditUnavailableError
 */
export async function handOverBooking(
  deps: HandOverDeps,
  viewer: PersonViewer,
  origin: Origin,
  { bookingId, toUserId }: Readonly<{ bookingId: string; toUserId: string }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, async ({ row, entries }, tx) => {
    if (row.status === 'rescheduled') {
      throw new ConflictError('Another booking has replaced this one. Hand that one over instead.')
    }
    if (toUserId === viewer.userId) throw new ConflictError('This booking is already yours. Choose another pastor.')
    await checkRecipient(tx, toUserId)
    // The audit entry with the actor is written wherever the owner of a booking changes.
    return {
      trigger: 'HANDED_OVER',
      entry: handedOver(entries, { userId: toUserId, from: row.userId, at: deps.clock.now() }),
    }
  })
}

async function checkRecipient(tx: Transaction, userId: string): Promise<void> {
  if (isUuid(userId) && (await isActivePastor(tx, userId))) return
  throw new BadUserInputError('toUserId', 'The recipient must be a pastor who can sign in. Choose another user.')
}
