import { ChurchHubError } from '../../platform/errors.ts'
import type { AadContext } from './aad-context.ts'

/**
 * An encrypted value can't be decrypted: it is damaged, was moved, belongs to another owner, is plaintext, or its key
 * is destroyed. The cause isn't given, because it would only help an attacker.
 */
export class UnreadableError extends ChurchHubError {
  constructor(context?: AadContext, options?: ErrorOptions) {
    super('UNREADABLE', "This encrypted value can't be decrypted.", context ? { column: context.column } : {}, options)
  }
}
