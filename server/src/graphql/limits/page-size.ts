import { BadUserInputError } from '../../platform/errors.ts'

/** Rows of a page that no server can be set to go beyond; `LIMIT_PAGE_SIZE` says what this one allows. */
export const maxPageSize = 1_000

/**
 * Refuses a page that no server gives, rather than giving fewer rows than were asked for. Operations have been held to this
 * server's own page size before (`check-operation.ts`).
 */
export function checkPage(args: { first?: number | null | undefined; last?: number | null | undefined }): void {
  for (const name of ['first', 'last'] as const) {
    const asked = args[name]
    if (asked != null && (asked < 0 || asked > maxPageSize)) {
      throw new BadUserInputError(name, `${name} must be from 0 to ${maxPageSize}.`)
    }
  }
}
