import { ConflictError } from '../../platform/errors.ts'

/** An event type can have only one active form. */
export class FormActiveError extends ConflictError {
  constructor() {
    super('Another form of this event type is active. Deactivate that one first.', { field: 'isActive' })
  }
}
