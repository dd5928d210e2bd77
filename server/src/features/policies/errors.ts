import { ConflictError } from '../../platform/errors.ts'

/** A pastor can have only one active policy. */
export class PolicyActiveError extends ConflictError {
  constructor() {
    super('Another policy is active. Change that one, or deactivate it first.', { field: 'isActive' })
  }
}
