import { BadUserInputError } from '../../platform/errors.ts'
import { settingKeys } from './registry.model.ts'

/** There is no such setting; the message says which there are. */
export class UnknownSettingError extends BadUserInputError {
  constructor() {
    super('key', `key is unknown. Expected one of: ${settingKeys.join(', ')}.`)
  }
}
