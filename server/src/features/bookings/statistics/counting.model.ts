import type { Viewer } from '../../../core/access/viewer.ts'
import type { BookingFilter } from '../filter.model.ts'
import { type FigureDimension, figureDimensions } from './figures.model.ts'
import type { StatsInput } from './statistics.model.ts'

/** The arguments of a list of bookings that could narrow it down to a small group. */
export type CountedList = Readonly<{
  filter: BookingFilter
  after?: string | null | undefined
  before?: string | null | undefined
}>

/** A query that published figures answer: the attribute to group by, and the group if only one is requested. */
export type FigureQuery = Readonly<{ by: FigureDimension | null; isByMonth: boolean; key: string | null }>

/** A query that no published figure answers: the rejected argument, and what to request instead. */
export type RejectedQuery = Readonly<{ rejectedArgument: string; instead: string }>

/** The attributes other than time by which a count-only viewer may filter a list, and the dimensions they belong to. */
const attributes = {
  status: 'status',
  sensitivity: 'sensitivity',
  ownerId: 'owner',
  eventTypeId: 'eventType',
} as const satisfies Partial<Record<keyof BookingFilter, FigureDimension>>

/**
 * The figures that a count-only viewer's statistics query asks for. Anything not published is rejected: a number obtained in
 * any other way could be subtracted from a published one.
 */
export function figureQuery(viewer: Viewer, { filter, groupBy }: StatsInput): FigureQuery | RejectedQuery {
  const { startTime: _time, ...others } = filter
  const [unsupported] = Object.entries(others).find(([, value]) => value != null) ?? []
  if (unsupported !== undefined) {
    return {
      rejectedArgument: `filter.${unsupported}`,
      instead: 'A count-only token can filter statistics only by startTime. Group by the rest.',
    }
  }
  const isByMonth = groupBy.includes('month')
  const [by = null, second] = groupBy.filter((dimension) => dimension !== 'month')
  const dimension = figureDimensions.find((each) => each === by) ?? null
  if (second !== undefined || (by !== null && dimension === null) || (by !== null && viewer.role !== 'admin')) {
    return { rejectedArgument: 'groupBy', instead: groupings[viewer.role] }
  }
  return { by: dimension, isByMonth, key: null }
}

const groupings = {
  admin:
    'A count-only token can group by MONTH, STATUS, SENSITIVITY, EVENT_TYPE or OWNER, or by MONTH and one of the others.',
  pastor:
    'A pastor’s count-only token can group only by MONTH. An admin’s can also group by status, sensitivity, event type and owner.',
} as const

/** The figure that a count-only viewer's list count asks for. */
export function totalQuery(viewer: Viewer, { filter, after, before }: CountedList): FigureQuery | RejectedQuery {
  if (after != null) return { rejectedArgument: 'after', instead: countingRules }
  if (before != null) return { rejectedArgument: 'before', instead: countingRules }
  const { startTime: _time, ...others } = filter
  const [first, second] = Object.entries(others).filter(([, value]) => value != null)
  if (second !== undefined) return { rejectedArgument: `filter.${second[0]}`, instead: countingRules }
  if (first === undefined) return { by: null, isByMonth: false, key: null }
  const [name, value] = first
  const by = isAttribute(name) ? attributes[name] : null
  const isOne = !Array.isArray(value) || value.length === 1
  if (by === null || !isOne || (by !== 'owner' && viewer.role !== 'admin')) {
    return { rejectedArgument: `filter.${name}`, instead: countingRules }
  }
  return { by, isByMonth: false, key: String(Array.isArray(value) ? value[0] : value) }
}

const countingRules =
  'A count-only token can count one calendar month, filtered by nothing else or by one owner; an admin’s token also by one status, sensitivity or event type.'

function isAttribute(name: string): name is keyof typeof attributes {
  return Object.hasOwn(attributes, name)
}
