import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'

type CursorArgs = Readonly<{ after?: string | null | undefined; before?: string | null | undefined }>

/** Relay's pagination arguments. */
export type PageArgs = CursorArgs & Readonly<{ first?: number | null | undefined; last?: number | null | undefined }>

/** A cursor of Pothos' Prisma plugin is this prefix and the row's ID, in base64. */
const prefix = 'GPC:S:'

/** The row ID in a cursor, or null if there is none. */
export function cursorIdOf(cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64').toString()
  const id = text.startsWith(prefix) ? text.slice(prefix.length) : ''
  return isUuid(id) ? id : null
}

/** The error for a cursor that doesn't belong to the list. */
export function invalidCursor(name: 'after' | 'before'): BadUserInputError {
  return new BadUserInputError(name, 'Invalid cursor. Use a cursor from this list.')
}

/**
 * Accepts only rows of the list as cursors. PostgreSQL would page from any row whose ID it is given, which would reveal
 * that another viewer's row exists, and its position in the order.
 *
 * @param isListed - whether the row with that ID is in this list for this viewer
 * @throws BadUserInputError for any other cursor, whether or not the row exists
 */
async function checkCursors(args: CursorArgs, isListed: (id: string) => Promise<boolean>): Promise<void> {
  for (const name of ['after', 'before'] as const) {
    const cursor = args[name]
    if (cursor == null) continue
    const id = cursorIdOf(cursor)
    if (id === null || !(await isListed(id))) throw invalidCursor(name)
  }
}

/**
 * `checkCursors` as the auth rule of a related list. Without a cursor it returns synchronously, so that a list of many
 * pages doesn't wait for each of them.
 *
 * @throws BadUserInputError as `checkCursors` does
 */
export function areCursorsValid(args: CursorArgs, isListed: (id: string) => Promise<boolean>): true | Promise<true> {
  if (args.after == null && args.before == null) return true
  return checkCursors(args, isListed).then(() => true)
}
