import { BadUserInputError, ChurchHubError } from '../../platform/errors.ts'
import { settingKeys } from './registry.model.ts'
import { type Affected, countOf } from './retention.model.ts'

/** There is no such setting; the message says which there are. */
export class UnknownSettingError extends BadUserInputError {
  constructor() {
    super('key', `key is none of the settings there are: ${settingKeys.join(', ')}.`)
  }
}

/** A shorter retention reaches what is there: whoever wants it confirms how much. */
export class ConfirmationRequiredError extends ChurchHubError {
  constructor(affected: Affected) {
    const affectedCount = countOf(affected)
    super(
      'CONFIRMATION_REQUIRED',
      `This retention is shorter and affects ${affectedCount} that are kept now. Send confirmedCount: ${affectedCount} to confirm.`,
      { affectedCount, affected },
    )
  }
}
