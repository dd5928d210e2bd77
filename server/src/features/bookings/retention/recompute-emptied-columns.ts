import type { Transaction } from '../../../platform/database/client.ts'
import { privateTitle, untitled } from '../lifecycle/intake.model.ts'
import { zoneOf } from '../lifecycle/plaintext-texts.model.ts'
import type { StoredBooking } from '../write/booking-rows.ts'

/**
 * Reduces the plaintext columns of a booking emptied by retention to values with a fixed format and the pastor's own texts
 * for the event type: without its people, other texts can't be checked for names anymore.
 */
export async function recomputeEmptiedColumns(tx: Transaction, row: StoredBooking): Promise<void> {
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
