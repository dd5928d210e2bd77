import type PrismaTypes from '../../generated/pothos.ts'
import type { Context } from '../auth/context.ts'
import { checkPage } from '../limits/page-size.ts'
import { bailOut, readsRows } from '../planner/declarations.ts'
import { cursorIdOf, invalidCursor, type PageArgs } from './cursors.ts'

type ModelName = keyof PrismaTypes

/** A list of rows of a model: its filter, its order, and the rows that cursors may point to. */
export type List<Name extends ModelName> = Readonly<{
  /** The rows of the list, a subset of `scope`. */
  where: PrismaTypes[Name]['Where']
  /** Ends with the ID, so that the order is total. */
  orderBy: readonly PrismaTypes[Name]['OrderBy'][]
  /** The rows visible to the viewer, regardless of the filter. Only these are accepted as cursors. */
  scope: PrismaTypes[Name]['Where']
}>

type ListOptions<Args> = Readonly<{
  /**
   * Whether the planner may read the list. Default: always. Set false for models whose rows test/planner doesn't
   * compare.
   */
  isPlanned?: false | ((args: Args, context: Context) => boolean)
}>

/** The methods of a Prisma model delegate that a list uses. */
type Delegate<Row> = Readonly<{
  findMany(query: object): Promise<Row[]>
  count(query: Readonly<{ where: object }>): Promise<number>
}>

/**
 * Declares a list once, by its condition, order and scope. Spread the result into the options of `t.prismaConnection`:
 * it reads pages, counts rows, rejects cursors outside the scope, and declares the rows to the planner.
 *
 * ```ts
 * t.prismaConnection({ type: Form, description, args, ...listField('Form', formsListed) }, FormConnection)
 * ```
 *
 * @param find - returns the list for the arguments of the field
 */
export function listField<Name extends ModelName, Args extends object>(
  model: Name,
  find: (args: Args, context: Context) => List<Name> | Promise<List<Name>>,
  { isPlanned = () => true }: ListOptions<Args> = {},
) {
  type Row = PrismaTypes[Name]['Shape']

  function delegateOf({ deps }: Context): Delegate<Row> {
    const property = `${model.charAt(0).toLowerCase()}${model.slice(1)}`
    return Reflect.get(deps.database, property) as Delegate<Row> // Prisma's client has a delegate for each model
  }

  function planned(args: Args, context: Context): List<Name> {
    const list = isPlanned !== false && isPlanned(args, context) ? find(args, context) : bailOut()
    return list instanceof Promise ? bailOut() : list
  }

  return {
    cursor: 'id' as const,
    extensions: isPlanned === false ? {} : readsRows(planned),
    totalCount: async (_parent: unknown, args: Args, context: Context): Promise<number> => {
      const { where } = await find(args, context)
      return delegateOf(context).count({ where })
    },
    /** @throws BadUserInputError for an invalid page size or cursor */
    resolve: async (query: object, _parent: unknown, args: Args & PageArgs, context: Context): Promise<Row[]> => {
      checkPage(args)
      const { where, orderBy, scope } = await find(args, context)
      const rows = delegateOf(context)
      const skip = await rowsToSkip(rows, { where, scope }, args)
      return rows.findMany({ ...query, ...skip, where, orderBy })
    },
  }
}

/**
 * The number of rows to skip from the cursor on, as part of a Prisma query: by default the cursor's own row, but none
 * if the filter excludes that row. Prisma would otherwise skip a row of the page.
 *
 * @throws BadUserInputError for a cursor outside the scope, whether or not the row exists
 */
async function rowsToSkip(
  rows: Delegate<unknown>,
  { where, scope }: Readonly<{ where: object; scope: object }>,
  args: PageArgs,
): Promise<{ skip?: number }> {
  for (const name of ['after', 'before'] as const) {
    const cursor = args[name]
    if (cursor == null) continue
    const id = cursorIdOf(cursor)
    if (id === null) throw invalidCursor(name)
    if ((await rows.count({ where: { AND: [where, { id }] } })) > 0) continue
    if ((await rows.count({ where: { AND: [scope, { id }] } })) === 0) throw invalidCursor(name)
    return { skip: 0 }
  }
  return {}
}
