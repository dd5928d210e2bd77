import type PrismaTypes from '../../generated/pothos.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import type { Context } from '../auth/context.ts'
import { connectionOf } from '../paging/connection.ts'
import { between, listCursors, type PagePositions, positionsOf } from '../paging/list-cursors.ts'
import { orderOf, selectOf } from '../paging/order.ts'
import { invalidCursor, type PageArgs, pageOf, pageRequestOf, takeOf } from '../paging/page-request.ts'
import { partitionPruningHint, readsRelatedRows } from '../planner/declarations.ts'

type ModelName = keyof PrismaTypes

type RelatedListOptions<Parent extends ModelName, Name extends ModelName, Args> = Readonly<{
  /** The model with the relation, which is also the name of the type with the field. */
  parent: Parent
  /** The relation, which is also the name of the field. */
  relation: PrismaTypes[Parent]['ListRelations'] & string
  /** The model of the rows, which is also the name of their type. */
  model: Name
  /** The rows of the relation that are listed. Default: all. */
  where?: (args: Args) => PrismaTypes[Name]['Where']
  /** Ends with the ID, so that the order is total. */
  orderBy: readonly PrismaTypes[Name]['OrderBy'][]
  /** See `partitionPruningHint`. */
  pruningColumn?: string
}>

/** Plans a selection below a field. Pothos' own relation fields are given the same function. */
type PlanBelow = (query: object, path: object) => unknown

/** Where the rows are selected, as in Pothos' `relatedConnection`. */
const nodePaths = [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]]

/**
 * Declares the list of a row's related rows once, by its condition and order. Spread the result into the options of
 * `t.connection`. Like `listField`, but the rows are read with their parents, as those of Pothos' `relatedConnection`
 * are; that one would decode and encode the cursors itself.
 *
 * ```ts
 * t.connection({ type: ContextSummary, description, ...relatedListField({ … }) }, ContextSummaryConnection)
 * ```
 */
export function relatedListField<Parent extends ModelName, Name extends ModelName, Args extends object = object>({
  parent: parentModel,
  relation,
  model,
  where: find = () => ({}),
  orderBy,
  pruningColumn,
}: RelatedListOptions<Parent, Name, Args>) {
  const order = orderOf(model, orderBy)
  const field = `${parentModel}.${relation}`

  /** @throws BadUserInputError for an invalid page size or cursor */
  function pageFor(args: Args & PageArgs, { deps }: Context) {
    const request = pageRequestOf(args)
    const cursors = listCursors(deps.cursors, { field, order })
    return { request, cursors, positions: positionsOf(cursors, request) }
  }

  /** What to select of the parent: the rows and their number, as far as they are selected below the field. */
  function select(args: Args & PageArgs, context: Context, planBelow: PlanBelow, selected: () => ReadonlySet<string>) {
    const names = [...selected()]
    const readsRows = names.some((name) => name !== 'totalCount' && name !== '__typename')
    const where = find(args)
    const page = nullIfRefused(() => pageFor(args, context))
    return {
      select: {
        id: true,
        ...(names.includes('totalCount') && { _count: { select: { [relation]: { where } } } }),
        ...(readsRows && page !== null && { [relation]: rowsOn(page, where, planBelow) }),
      },
    }
  }

  function rowsOn({ request, positions }: ReturnType<typeof pageFor>, where: object, planBelow: PlanBelow): unknown {
    const query = {
      select: selectOf(order),
      where: { AND: [where, ...between(order, positions)] },
      orderBy,
      take: takeOf(request),
    }
    return planBelow(query, { getType: () => model, paths: nodePaths })
  }

  return {
    extensions: {
      pothosPrismaSelect: select,
      ...readsRelatedRows<Args>({ relation, where: find, orderBy, order }),
      ...(pruningColumn !== undefined && partitionPruningHint(pruningColumn)),
    },
    /** @throws BadUserInputError for an invalid page size or cursor */
    resolve: (parent: object, args: NoInfer<Args> & PageArgs, context: Context) => {
      const { request, cursors, positions } = pageFor(args, context)
      const loaded = parent as LoadedParent // as `select` selects it
      checkParent(positions, loaded.id)
      const rows = (loaded[relation] ?? []) as readonly never[] // rows of the type, as its own `select` shapes them
      return {
        ...connectionOf(pageOf(rows, request), (row) => cursors.cursorOf(row, loaded.id)),
        totalCount: loaded._count?.[relation] ?? 0,
      }
    },
  }
}

type LoadedParent = Readonly<{ id: string; _count?: Readonly<Record<string, number>>; [relation: string]: unknown }>

/** Rejects the cursors of another parent's list. */
function checkParent(positions: PagePositions, parentId: string): void {
  for (const name of ['after', 'before'] as const) {
    const position = positions[name]
    if (position !== null && position.parentId !== parentId) throw invalidCursor(name)
  }
}

/** Null if the arguments are refused. The resolver refuses them again, so that the error has the path of its field. */
function nullIfRefused<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof BadUserInputError) return null
    throw error
  }
}
