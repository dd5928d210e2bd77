import type { Viewer } from '../../../core/access/viewer.ts'
import type { BookingFilter } from '../filter.model.ts'
import { type FigureDimension, figureDimensions } from './figures.model.ts'
import type { AskedStats } from './statistics.model.ts'

/** What a list of bookings is asked for with, as far as it could make a group small. */
export type CountedList = Readonly<{
  filter: BookingFilter
  after?: string | null | undefined
  before?: string | null | undefined
}>

/** A question that the published figures answer: by which attribute, and of one group of it alone where `key` is given. */
export type FigureQuestion = Readonly<{ by: FigureDimension | null; isByMonth: boolean; key: string | null }>

/** A question that no published figure answers: the argument that is refused, and what to ask instead. */
export type RefusedQuestion = Readonly<{ refused: string; instead: string }>

/** What one who only counts may narrow a list by beside time, and the groups that it makes. */
const attributes = {
  status: 'status',
  sensitivity: 'sensitivity',
  ownerId: 'owner',
  eventTypeId: 'eventType',
} as const satisfies Partial<Record<keyof BookingFilter, FigureDimension>>

/**
 * The question that one who only counts asks of statistics. What is not published is refused: a number that can be asked for
 * in any other way can be subtracted from a published one.
 */
export function figureQuestion(viewer: Viewer, { filter, groupBy }: AskedStats): FigureQuestion | RefusedQuestion {
  const { startTime: _time, ...others } = filter
  const [other] = Object.entries(others).find(([, value]) => value != null) ?? []
  if (other !== undefined) {
    return {
      refused: `filter.${other}`,
      instead: 'A count-only token can filter statistics only by startTime. Group by the rest.',
    }
  }
  const isByMonth = groupBy.includes('month')
  const [by = null, another] = groupBy.filter((dimension) => dimension !== 'month')
  const dimension = figureDimensions.find((each) => each === by) ?? null
  if (another !== undefined || (by !== null && dimension === null) || (by !== null && viewer.role !== 'admin')) {
    return { refused: 'groupBy', instead: groupings[viewer.role] }
  }
  return { by: dimension, isByMonth, key: null }
}

const groupings = {
  admin:
    'A count-only token can group by MONTH, STATUS, SENSITIVITY, EVENT_TYPE or OWNER, or by MONTH and one of the others.',
  pastor:
    'A pastor’s count-only token can group only by MONTH. An admin’s can also group by status, sensitivity, event type and owner.',
} as const

/** The question that one who only counts asks of a list's total. */
export function totalQuestion(
  viewer: Viewer,
  { filter, after, before }: CountedList,
): FigureQuestion | RefusedQuestion {
  if (after != null) return { refused: 'after', instead: refusedHere }
  if (before != null) return { refused: 'before', instead: refusedHere }
  const { startTime: _time, ...others } = filter
  const [first, second] = Object.entries(others).filter(([, value]) => value != null)
  if (second !== undefined) return { refused: `filter.${second[0]}`, instead: refusedHere }
  if (first === undefined) return { by: null, isByMonth: false, key: null }
  const [name, value] = first
  const by = isAttribute(name) ? attributes[name] : null
  const isOne = !Array.isArray(value) || value.length === 1
  if (by === null || !isOne || (by !== 'owner' && viewer.role !== 'admin')) {
    return { refused: `filter.${name}`, instead: refusedHere }
  }
  return { by, isByMonth: false, key: String(Array.isArray(value) ? value[0] : value) }
}

const refusedHere =
  'A count-only token can count one calendar month, filtered by nothing else or by one owner; an admin’s token also by one status, sensitivity or event type.'

function isAttribute(name: string): name is keyof typeof attributes {
  return Object.hasOwn(attributes, name)
}
