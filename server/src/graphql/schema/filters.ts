import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'

/** Values of one list in a filter; each is one more comparison for every row. */
const longestList = 100
/** Characters to search for. */
const longestText = 200

/**
 * Refuses a filter with a list or a text that is longer than a list is narrowed by, and global ids that can be of no row:
 * the database would answer those with an error.
 *
 * @throws BadUserInputError with the path of the field
 */
export function checkFilter(filter: object | null | undefined): void {
  for (const [name, value] of Object.entries(filter ?? {})) {
    const refuse = (words: string) => new BadUserInputError(`filter.${name}`, `filter.${name} ${words}.`)
    if (Array.isArray(value) && value.length > longestList) throw refuse(`accepts at most ${longestList} values`)
    if (typeof value === 'string' && value.length > longestText)
      throw refuse(`accepts at most ${longestText} characters`)
    if ([value].flat().some(isIdOfNothing)) throw refuse('must contain IDs that this API returned')
  }
}

/** A global id, as Pothos hands it on, of what is no row's. */
function isIdOfNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('typename' in value && 'id' in value)) return false
  return typeof value.id !== 'string' || !isUuid(value.id)
}
