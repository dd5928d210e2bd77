import { BadUserInputError } from '../../platform/errors.ts'

/** The upper bound of the maximum page size. `LIMIT_PAGE_SIZE` sets the maximum of this server. */
export const maxPageSize = 1_000

/**
 * Rejects a page size above the upper bound instead of silently returning fewer rows. `check-operation.ts` has already
 * applied this server's own maximum.
 *
 * @throws BadUserInputError
 */
export function checkPage(args: { first?: number | null | undefined; last?: number | null | undefined }): void {
  for (const name of ['first', 'last'] as const) {
    const asked = args[name]
    if (asked != null && (asked < 0 || asked > maxPageSize)) {
      throw new BadUserInputError(name, `${name} must be from 0 to ${maxPageSize}.`)
    }
  }
}
