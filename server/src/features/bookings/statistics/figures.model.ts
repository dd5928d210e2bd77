import { type BookingStatus, bookingStatuses } from '../lifecycle/fold.model.ts'
import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'
import { createSpan } from './linear-span.model.ts'
import { groupsToSuppress } from './suppression.model.ts'

export const sensitivities: readonly Sensitivity[] = ['High', 'Medium', 'Low']

/** The attributes by which a month's figures are published, each separately. */
export const figureDimensions = ['status', 'sensitivity', 'eventType', 'owner'] as const

export type FigureDimension = (typeof figureDimensions)[number]

/** The number of a month's bookings with the same attributes. */
export type MonthCell = Readonly<{
  ownerId: string
  eventTypeId: number
  status: BookingStatus
  sensitivity: Sensitivity
  count: number
}>

/** A group of a month, by one attribute. */
type FigureGroup = Readonly<{ dimension: FigureDimension; key: string; count: number }>

/** The figures of a past month that may be published. */
export type Figures = Readonly<{ total: number | null; groups: readonly FigureGroup[] }>

const keyOf: Readonly<Record<FigureDimension, (cell: MonthCell) => string>> = {
  status: ({ status }) => status,
  sensitivity: ({ sensitivity }) => sensitivity,
  eventType: ({ eventTypeId }) => String(eventTypeId),
  owner: ({ ownerId }) => ownerId,
}

/** The total of a month that is not over: rounded down, so that a single booking isn't revealed. Null below one step. */
export function roundedTotal(count: number, step: number): number | null {
  return Math.floor(count / step) * step || null
}

/**
 * Selects the figures of a month that may be published: no group smaller than `minSize`, and no set of groups from which one
 * can be derived. First, each table is suppressed separately: at least two groups with together at least `minSize` bookings.
 * Then, as long as a small group is a linear combination of published figures, the smallest event type or pastor is
 * suppressed too. Those two are linked, because an event type has few pastors, often one; status and sensitivity are not
 * known to be linked.
 */
export function publishableFigures(cells: readonly MonthCell[], minSize: number): Figures {
  const total = sum(cells)
  if (total < minSize) return { total: null, groups: [] }
  const all = figureDimensions.flatMap((dimension) => groupsOf(cells, dimension))
  const published = new Set(all)
  for (const dimension of figureDimensions) {
    const table = all.filter((group) => group.dimension === dimension)
    for (const suppressed of groupsToSuppress(table, minSize)) published.delete(suppressed)
  }
  const small = smallSums(cells, all, minSize)
  while (revealsAny(cells, published, small(published))) {
    const linked = [...published].filter(({ dimension }) => dimension === 'eventType' || dimension === 'owner')
    const [next] = linked.toSorted((a, b) => a.count - b.count)
    if (next === undefined) return { total, groups: [] }
    published.delete(next)
  }
  return { total, groups: all.filter((group) => published.has(group)) }
}

function groupsOf(cells: readonly MonthCell[], dimension: FigureDimension): FigureGroup[] {
  return [...Map.groupBy(cells, keyOf[dimension])]
    .map(([key, group]) => ({ dimension, key, count: sum(group) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** The sums that must not be derivable, given the published groups: small groups, and small sums of suppressed groups. */
function smallSums(cells: readonly MonthCell[], all: readonly FigureGroup[], minSize: number) {
  const pairs = [...Map.groupBy(cells, pairOf)].map(([, group]) => group)
  const isSmall = (group: readonly MonthCell[]) => sum(group) > 0 && sum(group) < minSize
  const fixed = [
    ...all.filter(({ count }) => count < minSize).map(vectorOf(cells)),
    ...pairs.filter(isSmall).map(vectorOfPairs),
  ]
  return (published: ReadonlySet<FigureGroup>) => {
    const isPublished = (dimension: FigureDimension, cell: MonthCell) =>
      all.some((group) => group.dimension === dimension && group.key === keyOf[dimension](cell) && published.has(group))
    const suppressedSums = (by: FigureDimension, other: FigureDimension) =>
      [...Map.groupBy(cells, keyOf[by])]
        .map(([, group]) => group.filter((cell) => !isPublished(other, cell)))
        .filter(isSmall)
        .map(vectorOfPairs)
    return [...fixed, ...suppressedSums('owner', 'eventType'), ...suppressedSums('eventType', 'owner')]
  }
}

type Vector = ReadonlyMap<string, number>

function revealsAny(
  cells: readonly MonthCell[],
  published: ReadonlySet<FigureGroup>,
  small: readonly Vector[],
): boolean {
  const span = createSpan()
  const total = bookingStatuses.map((status) => [`status ${status}`, 1] as const)
  const pairs = [...new Set(cells.map(pairOf))]
  // The sums over each attribute equal the published total.
  span.add(new Map(total))
  span.add(new Map(sensitivities.map((sensitivity) => [`sensitivity ${sensitivity}`, 1])))
  span.add(new Map(pairs.map((pair) => [pair, 1])))
  for (const group of published) span.add(vectorOf(cells)(group))
  return small.some(span.has)
}

function vectorOf(cells: readonly MonthCell[]): (group: FigureGroup) => Vector {
  return ({ dimension, key }) =>
    dimension === 'status' || dimension === 'sensitivity'
      ? new Map([[`${dimension} ${key}`, 1]])
      : vectorOfPairs(cells.filter((cell) => keyOf[dimension](cell) === key))
}

function vectorOfPairs(cells: readonly MonthCell[]): Vector {
  return new Map(cells.map((cell) => [pairOf(cell), 1]))
}

/** A pastor with one of their event types. */
function pairOf({ ownerId, eventTypeId }: MonthCell): string {
  return `pair ${ownerId} ${eventTypeId}`
}

function sum(cells: readonly Readonly<{ count: number }>[]): number {
  return cells.reduce((total, { count }) => total + count, 0)
}
