import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'
import { type BookingStatus, bookingStatuses } from '../lifecycle/status.model.ts'
import { createSpan } from './linear-span.model.ts'
import { groupsToHide } from './suppression.model.ts'

export const sensitivities: readonly Sensitivity[] = ['High', 'Medium', 'Low']

/** The attributes by which a month is published, each by itself. */
export const figureDimensions = ['status', 'sensitivity', 'eventType', 'owner'] as const

export type FigureDimension = (typeof figureDimensions)[number]

/** Bookings of a month that are alike in all attributes. */
export type MonthCell = Readonly<{
  ownerId: string
  eventTypeId: number
  status: BookingStatus
  sensitivity: Sensitivity
  count: number
}>

/** A group of a month, by one attribute. */
type FigureGroup = Readonly<{ dimension: FigureDimension; key: string; count: number }>

/** What may be told of a month that is over. */
export type Figures = Readonly<{ total: number | null; groups: readonly FigureGroup[] }>

const keyOf: Readonly<Record<FigureDimension, (cell: MonthCell) => string>> = {
  status: ({ status }) => status,
  sensitivity: ({ sensitivity }) => sensitivity,
  eventType: ({ eventTypeId }) => String(eventTypeId),
  owner: ({ ownerId }) => ownerId,
}

/** The total of a month that is not over: rounded down, so that one booking more or less is not told. Null for fewer than a step. */
export function roundedTotal(count: number, step: number): number | null {
  return Math.floor(count / step) * step || null
}

/**
 * What may be told of a month, all tables together: no group of fewer than `smallest`, and no set of groups from which one
 * follows. First each table by itself: what is left out of it is at least two groups and `smallest` bookings. Then all of
 * them: as long as a small group is a linear combination of what would be told, the next smaller event type or pastor is
 * left out too. An event type has few pastors, often one; status and sensitivity go together in no known way.
 */
export function publishableFigures(cells: readonly MonthCell[], smallest: number): Figures {
  const total = sum(cells)
  if (total < smallest) return { total: null, groups: [] }
  const all = figureDimensions.flatMap((dimension) => groupsOf(cells, dimension))
  const told = new Set(all)
  for (const dimension of figureDimensions) {
    const table = all.filter((group) => group.dimension === dimension)
    for (const hidden of groupsToHide(table, smallest)) told.delete(hidden)
  }
  const small = smallSums(cells, all, smallest)
  while (tellsOne(cells, told, small(told))) {
    const linked = [...told].filter(({ dimension }) => dimension === 'eventType' || dimension === 'owner')
    const [next] = linked.toSorted((a, b) => a.count - b.count)
    if (next === undefined) return { total, groups: [] }
    told.delete(next)
  }
  return { total, groups: all.filter((group) => told.has(group)) }
}

function groupsOf(cells: readonly MonthCell[], dimension: FigureDimension): FigureGroup[] {
  return [...Map.groupBy(cells, keyOf[dimension])]
    .map(([key, group]) => ({ dimension, key, count: sum(group) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** What of a month nobody may be able to work out, given what is told: small groups, and small sums of groups left out. */
function smallSums(cells: readonly MonthCell[], all: readonly FigureGroup[], smallest: number) {
  const pairs = [...Map.groupBy(cells, pairOf)].map(([, group]) => group)
  const isSmall = (group: readonly MonthCell[]) => sum(group) > 0 && sum(group) < smallest
  const fixed = [
    ...all.filter(({ count }) => count < smallest).map(vectorOf(cells)),
    ...pairs.filter(isSmall).map(vectorOfPairs),
  ]
  return (told: ReadonlySet<FigureGroup>) => {
    const isTold = (dimension: FigureDimension, cell: MonthCell) =>
      all.some((group) => group.dimension === dimension && group.key === keyOf[dimension](cell) && told.has(group))
    const leftOut = (by: FigureDimension, other: FigureDimension) =>
      [...Map.groupBy(cells, keyOf[by])]
        .map(([, group]) => group.filter((cell) => !isTold(other, cell)))
        .filter(isSmall)
        .map(vectorOfPairs)
    return [...fixed, ...leftOut('owner', 'eventType'), ...leftOut('eventType', 'owner')]
  }
}

type Vector = ReadonlyMap<string, number>

function tellsOne(cells: readonly MonthCell[], told: ReadonlySet<FigureGroup>, small: readonly Vector[]): boolean {
  const span = createSpan()
  const total = bookingStatuses.map((status) => [`status ${status}`, 1] as const)
  const pairs = [...new Set(cells.map(pairOf))]
  // Each attribute's sums have the same total, which is told.
  span.add(new Map(total))
  span.add(new Map(sensitivities.map((sensitivity) => [`sensitivity ${sensitivity}`, 1])))
  span.add(new Map(pairs.map((pair) => [pair, 1])))
  for (const group of told) span.add(vectorOf(cells)(group))
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
