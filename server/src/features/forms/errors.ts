import { ConflictError } from '../../platform/errors.ts'

/** New bookings of an event type use one form, and this one would be the second. */
export class FormActiveError extends ConflictError {
  constructor() {
    super('Another form of this event type is active. Deactivate that one first.', { field: 'isActive' })
  }
}
