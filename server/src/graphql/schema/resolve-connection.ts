import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../auth/context.ts'
import { type Connection, connectionOf } from '../paging/connection.ts'
import { listCursors, positionsOf } from '../paging/list-cursors.ts'
import type { Order } from '../paging/order.ts'
import { type PageArgs, pageOf, pageRequestOf } from '../paging/page-request.ts'
import type { PositionValue } from '../paging/position.ts'

type ConnectionOptions = Readonly<{
  args: PageArgs
  context: Context
  info: GraphQLResolveInfo
  order: Order
  /** The rows visible to the viewer. A cursor is accepted only in the same scope. */
  scope?: object
}>

/** Which rows to read: those between two positions, each with a value for each column of the order. */
type RowsRequest = Readonly<{
  after: readonly PositionValue[] | null
  before: readonly PositionValue[] | null
  limit: number
  /** Whether to read the last rows, in reverse order. */
  isFromEnd: boolean
}>

/**
 * Resolves a connection whose rows are read by a query of its own. Lists of a model use `listField`.
 *
 * @throws BadUserInputError for an invalid page size or cursor
 */
export async function resolveConnection<Row extends object>(
  { args, context, info, order, scope }: ConnectionOptions,
  read: (request: RowsRequest) => Promise<readonly Row[]>,
): Promise<Connection<Row>> {
  const request = pageRequestOf(args)
  const cursors = listCursors(context.deps.cursors, {
    field: `${info.parentType.name}.${info.fieldName}`,
    order,
    scope,
  })
  const { after, before } = positionsOf(cursors, request)
  const rows = await read({
    after: after?.values ?? null,
    before: before?.values ?? null,
    limit: request.size + 1,
    isFromEnd: request.isBackward,
  })
  const page = pageOf(request.isBackward ? rows.toReversed() : rows, request)
  return connectionOf(page, (row) => cursors.cursorOf(row))
}
