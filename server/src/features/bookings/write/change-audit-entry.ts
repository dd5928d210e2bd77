import type { Origin } from '../../../core/access/viewer.ts'
import type { AuditEntry } from '../../../core/audit/record.ts'
import type { CalEvent } from '../lifecycle/cal-event.model.ts'
import { kindOfChange } from '../lifecycle/diff.model.ts'
import type { SavedBooking } from './save-booking.ts'

/** What it was that changed the bookings, and who, where it was somebody here. */
export type Cause = Readonly<{
  trigger: string
  deliveryId: string | null
  event: CalEvent | null
  actor?: Actor
}>

export type Actor = Readonly<{ userId: string; origin: Origin }>

/** The entry for the log of what became of a booking. */
export function changeAuditEntry(booking: SavedBooking, { trigger, deliveryId, event }: Cause): AuditEntry {
  const sequence = event?.kind === 'booking' ? event.sequence : null
  return {
    action: auditActions[kindOfChange(booking)],
    resource: 'booking',
    resourceId: booking.bookingId,
    userId: null,
    bookingId: booking.bookingId,
    origin: null,
    metadata: {
      trigger,
      ...(deliveryId !== null && { deliveryId }),
      ...(sequence !== null && { sequence }),
      ...(booking.isNew && { ownerId: booking.ownerId }),
      status: booking.columns.status,
      sensitivity: booking.columns.sensitivity,
      ...(booking.parts.length > 0 && { changed: [...booking.parts] }),
    },
  }
}

const auditActions = {
  created: 'booking.created',
  cancelled: 'booking.cancelled',
  rescheduled: 'booking.rescheduled',
  updated: 'booking.updated',
} as const
