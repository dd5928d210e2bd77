import type { Cursors } from '../../core/access/cursors.ts'
import type { Where } from '../../platform/database/json-sql/conditions.ts'
import { beyond, type Order } from './order.ts'
import { invalidCursor, type PageRequest } from './page-request.ts'
import { type PositionValue, positionBytes, positionValues } from './position.ts'

/** What a cursor belongs to: it is refused anywhere else. */
export type ListIdentity = Readonly<{
  /** The type and the name of the field. */
  field: string
  order: Order
  /** The rows visible to the viewer, regardless of the filter. Only cursors of the same rows are accepted. */
  scope?: unknown
}>

/** A position in a list, with the ID of the list's parent if it has one. */
type Position = Readonly<{ parentId: string | null; values: readonly PositionValue[] }>

/** The cursors of one list, for one viewer and one order. */
export type ListCursors = Readonly<{
  /**
   * @param row - has the columns of the order
   * @param parentId - the ID of the row that a nested list belongs to
   */
  cursorOf(row: object, parentId?: string): string
  /** @throws BadUserInputError for a cursor that isn't one of this list, whether or not its row still exists */
  positionIn(argument: 'after' | 'before', cursor: string): Position
}>

/** Creates the cursors of a list. They carry the order values of a row, so that they outlive it. */
export function listCursors(cursors: Cursors, { field, order, scope = null }: ListIdentity): ListCursors {
  let name: string | null = null
  // Most pages are requested without cursors.
  const list = () => {
    name ??= JSON.stringify([field, order.map((column) => [column.name, column.isDescending]), scope])
    return name
  }
  return {
    cursorOf: (row, parentId) => {
      const values = order.map((column) => positionValueOf(Reflect.get(row, column.name)))
      return cursors.seal(list(), positionBytes([parentId ?? null, ...values]))
    },
    positionIn: (argument, cursor) => {
      const bytes = cursors.open(list(), cursor)
      if (bytes === null) throw invalidCursor(argument)
      const [parentId, ...values] = positionValues(bytes)
      return { parentId: typeof parentId === 'string' ? parentId : null, values }
    },
  }
}

function positionValueOf(value: unknown): PositionValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Date) return value
  throw new Error('A list is ordered by a column that cursors do not support.')
}

/** The positions of a page's cursors. */
export type PagePositions = Readonly<{ after: Position | null; before: Position | null }>

/** @throws BadUserInputError as `positionIn` does */
export function positionsOf({ positionIn }: ListCursors, { after, before }: PageRequest): PagePositions {
  return {
    after: after === null ? null : positionIn('after', after),
    before: before === null ? null : positionIn('before', before),
  }
}

/** The conditions that a row is between the positions. */
export function between(order: Order, { after, before }: PagePositions): Where[] {
  return [
    ...(after === null ? [] : [beyond(order, after.values, false)]),
    ...(before === null ? [] : [beyond(order, before.values, true)]),
  ]
}
