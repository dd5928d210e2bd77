import { BadUserInputError } from '../../platform/errors.ts'

/** The upper bound of the maximum page size. `LIMIT_PAGE_SIZE` sets the maximum of this server. */
export const maxPageSize = 1_000

/** The arguments that set the size of a page. */
export type PageSizes = Readonly<{ first?: number | null | undefined; last?: number | null | undefined }>

/**
 * Rejects a page size above the upper bound instead of silently returning fewer rows, and a page from both ends of the
 * list. `check-operation.ts` has already applied this server's own maximum.
 *
 * @throws BadUserInputError
 */
export function checkPage(args: PageSizes): void {
  for (const name of ['first', 'last'] as const) {
    const asked = args[name]
    if (asked != null && (asked < 0 || asked > maxPageSize)) {
      throw new BadUserInputError(name, `${name} must be from 0 to ${maxPageSize}.`)
    }
  }
  if (args.first != null && args.last != null) {
    throw new BadUserInputError('last', 'Set either first or last, not both.')
  }
}
