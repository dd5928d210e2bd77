import type { Transaction } from '../../../platform/database/client.ts'
import { privateTitle, untitled } from '../lifecycle/attendees.model.ts'
import { zoneOf } from '../lifecycle/closed-forms.model.ts'
import type { StoredBooking } from '../write/booking-keys.reads.ts'

/**
 * Cuts the plaintext columns of a booking that retention has emptied down to closed forms and to what its pastor calls the
 * event type: nobody can tell any more whom another text names.
 */
export async function renewEmptied(tx: Transaction, row: NonNullable<StoredBooking>): Promise<void> {
  const { id, startTime, userId, eventTypeId, sensitivity, isAnonymous } = row
  const known = await tx.eventType.findUnique({ where: { userId_eventTypeId: { userId, eventTypeId } } })
  const isPrivate = sensitivity === 'High' || isAnonymous
  const title = known?.title ?? null
  await tx.booking.updateMany({
    where: { id, startTime },
    data: {
      eventTypeTitle: title,
      eventTypeSlug: known?.slug ?? null,
      ...(isPrivate && { title: title ?? untitled }),
      description: isPrivate ? null : (known?.description ?? null),
      redactedDescription: isPrivate ? privateTitle : (title ?? untitled),
      timeZone: zoneOf(row.timeZone),
    },
  })
}
