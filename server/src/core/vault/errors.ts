import { ChurchHubError } from '../../platform/errors.ts'
import type { AadContext } from './aad-context.ts'

/**
 * A sealed value can't be opened: damaged, moved from another place, sealed for somebody else, put there in clear, or its
 * key is destroyed. Which of them stays unsaid, because telling them apart helps only an attacker.
 */
export class UnreadableError extends ChurchHubError {
  constructor(place?: AadContext, options?: ErrorOptions) {
    super('UNREADABLE', "This encrypted value can't be decrypted.", place ? { column: place.column } : {}, options)
  }
}
