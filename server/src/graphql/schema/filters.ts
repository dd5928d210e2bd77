import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'

/** The maximum number of values in a list of a filter. Each value is one more comparison per row. */
const maxListLength = 100
/** The maximum length of a text in a filter, in characters. */
const maxTextLength = 200

/**
 * Rejects a filter with too long a list or text, and global IDs that aren't UUIDs, which the database would reject with
 * an error of its own.
 *
 * @throws BadUserInputError with the path of the field
 */
export function checkFilter(filter: object | null | undefined, path = 'filter'): void {
  for (const [name, value] of Object.entries(filter ?? {})) {
    const refuse = (requirement: string) => new BadUserInputError(`${path}.${name}`, `${path}.${name} ${requirement}.`)
    if (Array.isArray(value) && value.length > maxListLength) throw refuse(`accepts at most ${maxListLength} values`)
    if (typeof value === 'string' && value.length > maxTextLength)
      throw refuse(`accepts at most ${maxTextLength} characters`)
    if ([value].flat().some(isInvalidId)) throw refuse('must contain IDs that this API returned')
  }
}

/** Whether a value is a global ID, as Pothos parses it, that no row can have. */
function isInvalidId(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('typename' in value && 'id' in value)) return false
  return typeof value.id !== 'string' || !isUuid(value.id)
}
