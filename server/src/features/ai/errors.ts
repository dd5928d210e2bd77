import { BadUserInputError, ChurchHubError } from '../../platform/errors.ts'

/** The terms differ from those that the pastor was shown. */
export class TermsChangedError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'The terms have changed since they were shown to you. Reload and read them before you agree.')
  }
}

/** The provider has no address, so there are no terms to agree to. */
export class NoAddressError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'This provider has no address yet. Ask an admin to set it in the settings.')
  }
}

/** Sending bookings of High sensitivity requires a valid consent first. */
export class NoConsentError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'Agree to this configuration first with agreeToAiConfiguration.')
  }
}

/** Only a pastor may turn masking off, for their own bookings. */
export class UnmaskedChurchError extends BadUserInputError {
  constructor() {
    super(
      'piiDetection',
      "piiDetection must be true for the church's configuration. Only a pastor can turn masking off, for their own bookings.",
    )
  }
}
