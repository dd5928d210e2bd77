import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { bookingStatuses } from '../lifecycle/fold.model.ts'
import { figureQuery } from './counting.model.ts'
import { type FigureDimension, sensitivities } from './figures.model.ts'
import { type CalendarMonths, type PublishedFigure, readPublishedGroups, readPublishedTotals } from './figures.reads.ts'
import { publishFigures } from './publish-figures.ts'
import { resolveCalendarMonths } from './resolve-calendar-months.ts'
import type { BookingStats, StatsGroup, StatsInput } from './statistics.model.ts'

type Deps = Readonly<{ database: Database; clock: Clock }>

/**
 * Answers a statistics query of a count-only viewer from published figures only.
 *
 * @throws BadUserInputError for a query that they don't answer; the message says what to request instead
 */
export async function findFigures(deps: Deps, viewer: Viewer, input: StatsInput): Promise<BookingStats> {
  const query = figureQuery(viewer, input)
  if ('rejectedArgument' in query) throw new BadUserInputError(query.rejectedArgument, query.instead)
  const { by, isByMonth } = query
  const months = await resolveCalendarMonths(deps, input.filter, isByMonth ? {} : { max: 1 })
  if (![months.timeZone, 'UTC'].includes(input.timeZone)) {
    throw new BadUserInputError('timeZone', `A count-only token gets months in ${months.timeZone} only. Omit timeZone.`)
  }
  await publishFigures(deps)
  const totals = await findTotals(deps, viewer, months)
  const figures = by === null ? totals : await readPublishedGroups(deps.database, months, { dimension: by, key: null })
  const [total] = months.count === 1 ? totals : []
  return {
    groups: figures.map((figure) => ({
      ...emptyGroup,
      ...(by !== null && groupKey(by, figure)),
      ...(isByMonth && { periodStart: figure.periodStart, periodLabel: figure.month }),
      count: figure.count,
    })),
    total: total === undefined ? null : { count: total.count, minutes: null },
    isPartial: true,
  }
}

/** The totals of months: the church's for an admin; for a pastor their own, which are the groups by owner. */
function findTotals({ database }: Deps, viewer: Viewer, months: CalendarMonths): Promise<PublishedFigure[]> {
  if (viewer.role === 'admin') return readPublishedTotals(database, months)
  return readPublishedGroups(database, months, { dimension: 'owner', key: viewer.userId })
}

const emptyGroup: Omit<StatsGroup, 'count'> = {
  status: null,
  sensitivity: null,
  eventTypeId: null,
  eventTypeTitle: null,
  ownerId: null,
  periodStart: null,
  periodLabel: null,
  minutes: null,
}

function groupKey(by: FigureDimension, { key, title }: PublishedFigure): Partial<StatsGroup> {
  switch (by) {
    case 'status':
      return { status: bookingStatuses.find((status) => status === key) ?? null }
    case 'sensitivity':
      return { sensitivity: sensitivities.find((sensitivity) => sensitivity === key) ?? null }
    case 'eventType':
      return { eventTypeId: Number(key), eventTypeTitle: title }
    case 'owner':
      return { ownerId: key }
  }
}
