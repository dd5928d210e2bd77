import { BadUserInputError, ChurchHubError } from '../../platform/errors.ts'

/** The terms are not, or no longer, those that the pastor was shown. */
export class TermsChangedError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'The terms have changed since they were shown to you. Reload and read them before you agree.')
  }
}

/** There is nothing to agree to: no address is set for the provider. */
export class NoAddressError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'This provider has no address yet. Ask an admin to set it in the settings.')
  }
}

/** High sensitivity is a further consent, beside one that is in force. */
export class NoConsentError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'Agree to this configuration first with agreeToAiConfiguration.')
  }
}

/** Only a pastor switches masking off, for own bookings. */
export class UnmaskedChurchError extends BadUserInputError {
  constructor() {
    super(
      'piiDetection',
      "piiDetection must be true for the church's configuration. Only a pastor can turn masking off, for their own bookings.",
    )
  }
}
