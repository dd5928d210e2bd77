import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { BadUserInputError, ConflictError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { isActivePastor } from '../../users/colleagues.reads.ts'
import { handedOver } from '../lifecycle/ownership.model.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type HandOverDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Hands one of the viewer's own bookings to another active pastor. What people wrote is opened with the old owner and
 * sealed for the new one in the same transaction; the summaries, which may tell of other visits to the old owner, go, and
 * the new owner's are written. It stays handed over whatever Cal.com sends later, as long as Cal.com goes on naming whom
 * it named; a booking that takes its place goes along.
 *
 * @throws BadUserInputError `toUserId` when that is no active pastor; ConflictError when it is one's own already, or when
 *   another booking has taken its place; NotFoundError when there is no such booking, it is another's, or retention has
 *   emptied it; UnreadableError; AuditUnavailableError
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
    // The entry of the audit log, with who did it, is made wherever an owner changes: tell-of-changes.ts.
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
