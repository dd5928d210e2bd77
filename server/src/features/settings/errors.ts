import { BadUserInputError } from '../../platform/errors.ts'
import { settingKeys } from './registry.model.ts'

/** Unknown setting. The message lists the known ones. */
export class UnknownSettingError extends BadUserInputError {
  constructor() {
    super('key', `key is unknown. Expected one of: ${settingKeys.join(', ')}.`)
  }
}
