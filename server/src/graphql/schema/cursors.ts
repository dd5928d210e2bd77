import { BadUserInputError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'

type CursorArgs = Readonly<{ after?: string | null | undefined; before?: string | null | undefined }>

/** How Pothos writes the cursor of a row: base64 of this and the row's id. */
const prefix = 'GPC:S:'

/**
 * Lets a list be paged only from its own rows. PostgreSQL would page from any row whose id it is given, and so tell
 * about a row of somebody else's that it exists, and where in the order it stands.
 *
 * @param isListed - whether the row of that id is one of this list for this viewer
 * @throws BadUserInputError for any other cursor, the same whether there is such a row or not
 */
export async function checkCursors(args: CursorArgs, isListed: (id: string) => Promise<boolean>): Promise<void> {
  for (const name of ['after', 'before'] as const) {
    const cursor = args[name]
    if (cursor == null) continue
    const text = Buffer.from(cursor, 'base64').toString()
    const id = text.startsWith(prefix) ? text.slice(prefix.length) : ''
    if (!isUuid(id) || !(await isListed(id))) {
      throw new BadUserInputError(name, 'Invalid cursor. Use a cursor from this list.')
    }
  }
}

/**
 * The same as the rule of a field: it holds at once where there is no cursor, so that a list of many pages doesn't wait for
 * each of them.
 *
 * @throws BadUserInputError as `checkCursors` does
 */
export function areCursorsValid(args: CursorArgs, isListed: (id: string) => Promise<boolean>): true | Promise<true> {
  if (args.after == null && args.before == null) return true
  return checkCursors(args, isListed).then(() => true)
}
