import { ChurchHubError } from '../../platform/errors.ts'

/**
 * The audit log can't be written. What was to be recorded must not happen: let this error roll back the transaction.
 */
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
