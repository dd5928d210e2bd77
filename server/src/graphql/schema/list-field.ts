import { queryFromInfo } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import type PrismaTypes from '../../generated/pothos.ts'
import type { Context } from '../auth/context.ts'
import { connectionOf } from '../paging/connection.ts'
import { between, listCursors, positionsOf } from '../paging/list-cursors.ts'
import { orderOf, selectOf } from '../paging/order.ts'
import { type PageArgs, pageOf, pageRequestOf, takeOf } from '../paging/page-request.ts'
import { bailOut, readsRows } from '../planner/declarations.ts'

type ModelName = keyof PrismaTypes

/** A list of rows of a model: its filter, its order, and what its cursors belong to. */
export type List<Name extends ModelName> = Readonly<{
  /** The rows of the list, a subset of `scope`. */
  where: PrismaTypes[Name]['Where']
  /** Ends with the ID, so that the order is total. */
  orderBy: readonly PrismaTypes[Name]['OrderBy'][]
  /** The rows visible to the viewer, regardless of the filter. A cursor is accepted only in the same scope. */
  scope: PrismaTypes[Name]['Where']
}>

type ListOptions<Args, Row> = Readonly<{
  /**
   * Whether the planner may read the list. Default: always. Set false for models whose rows test/planner doesn't
   * compare.
   */
  isPlanned?: false | ((args: Args, context: Context) => boolean)
  /** Does more than count. Call `count` for the number of rows. */
  totalCount?: (args: Args, context: Context, count: () => Promise<number>) => Promise<number>
  /** Does more than read. Call `read` for the rows of the page. */
  rows?: (args: Args, context: Context, read: () => Promise<Row[]>) => Promise<Row[]>
}>

/** The methods of a Prisma model delegate that a list uses. */
type Delegate<Row> = Readonly<{
  findMany(query: object): Promise<Row[]>
  count(query: Readonly<{ where: object }>): Promise<number>
}>

/**
 * Declares a list once, by its condition, order and scope. Spread the result into the options of `t.connection`: it
 * reads pages, counts rows, rejects cursors of other lists, and declares the rows to the planner.
 *
 * ```ts
 * t.connection({ type: Form, description, args, ...listField('Form', formsListed) }, FormConnection)
 * ```
 *
 * @param model - also the name of the GraphQL type
 * @param find - returns the list for the arguments of the field
 */
export function listField<Name extends ModelName, Args extends object>(
  model: Name,
  find: (args: Args, context: Context) => List<Name> | Promise<List<Name>>,
  options: ListOptions<Args, PrismaTypes[Name]['Shape']> = {},
) {
  type Row = PrismaTypes[Name]['Shape']
  const {
    isPlanned = () => true,
    totalCount = (_args, _context, count) => count(),
    rows = (_args, _context, read) => read(),
  } = options

  function delegateOf({ deps }: Context): Delegate<Row> {
    const property = `${model.charAt(0).toLowerCase()}${model.slice(1)}`
    return Reflect.get(deps.database, property) as Delegate<Row> // Prisma's client has a delegate for each model
  }

  function planned(args: Args, context: Context): List<Name> {
    const list = isPlanned !== false && isPlanned(args, context) ? find(args, context) : bailOut()
    return list instanceof Promise ? bailOut() : list
  }

  return {
    extensions: isPlanned === false ? {} : readsRows(planned),
    /** @throws BadUserInputError for an invalid page size or cursor */
    resolve: async (_parent: unknown, args: Args & PageArgs, context: Context, info: GraphQLResolveInfo) => {
      const request = pageRequestOf(args)
      const { where, orderBy, scope } = await find(args, context)
      const order = orderOf(model, orderBy)
      const field = `${info.parentType.name}.${info.fieldName}`
      const cursors = listCursors(context.deps.cursors, { field, order, scope })
      const conditions = between(order, positionsOf(cursors, request))
      const query = queryFromInfo({
        context,
        info,
        typeName: model,
        select: selectOf(order),
        paths: [['nodes'], ['edges', 'node']],
      })
      const delegate = delegateOf(context)
      const read = () =>
        delegate.findMany({ ...query, where: { AND: [where, ...conditions] }, orderBy, take: takeOf(request) })
      const page = pageOf(await rows(args, context, read), request)
      return {
        ...connectionOf(page, (row: Row) => cursors.cursorOf(row)),
        totalCount: () => totalCount(args, context, () => delegate.count({ where })),
      }
    },
  }
}
