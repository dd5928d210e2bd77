import { ChurchHubError } from '../errors.ts'

/** A migration can't be applied. The message is one line: which migration, why, and what to do. */
export class MigrationError extends ChurchHubError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIGURATION', message, {}, options)
  }
}
