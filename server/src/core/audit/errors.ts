import { ChurchHubError } from '../../platform/errors.ts'

/** The audit log could not be written. Whatever was to be recorded must not happen: let it end the transaction. */
export class AuditUnavailableError extends ChurchHubError {
  constructor(options?: ErrorOptions) {
    super(
      'AUDIT_UNAVAILABLE',
      "The audit log can't be written, so nothing was opened or changed. Try again later.",
      {},
      options,
    )
  }
}
