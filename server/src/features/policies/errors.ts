import { ConflictError } from '../../platform/errors.ts'

/** A pastor has one policy in force, and this one would be the second. */
export class PolicyActiveError extends ConflictError {
  constructor() {
    super('Another policy is active. Change that one, or deactivate it first.', { field: 'isActive' })
  }
}
