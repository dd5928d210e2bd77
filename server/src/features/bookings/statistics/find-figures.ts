import type { Viewer } from '../../../core/access/viewer.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { bookingStatuses } from '../lifecycle/status.model.ts'
import { checkMonths } from './check-months.ts'
import { figureQuestion } from './counting.model.ts'
import { type FigureDimension, sensitivities } from './figures.model.ts'
import { type CalendarMonths, type PublishedFigure, readPublishedGroups, readPublishedTotals } from './figures.reads.ts'
import { publishFigures } from './publish-figures.ts'
import type { AskedStats, BookingStats, StatsGroup } from './statistics.model.ts'

type Deps = Readonly<{ database: Database; clock: Clock }>

/**
 * Answers statistics for a viewer who may only count, out of the published figures and nothing else.
 *
 * @throws BadUserInputError for a question that they don't answer, with what to ask instead
 */
export async function findFigures(deps: Deps, viewer: Viewer, asked: AskedStats): Promise<BookingStats> {
  const question = figureQuestion(viewer, asked)
  if ('refused' in question) throw new BadUserInputError(question.refused, question.instead)
  const { by, isByMonth } = question
  const months = await checkMonths(deps, asked.filter, isByMonth ? {} : { atMost: 1 })
  if (![months.timeZone, 'UTC'].includes(asked.timeZone)) {
    throw new BadUserInputError('timeZone', `A count-only token gets months in ${months.timeZone} only. Omit timeZone.`)
  }
  await publishFigures(deps)
  const totals = await findTotals(deps, viewer, months)
  const figures = by === null ? totals : await readPublishedGroups(deps.database, months, { dimension: by, key: null })
  const [total] = months.count === 1 ? totals : []
  return {
    groups: figures.map((figure) => ({
      ...noGroup,
      ...(by !== null && groupKey(by, figure)),
      ...(isByMonth && { periodStart: figure.periodStart, periodLabel: figure.month }),
      count: figure.count,
    })),
    total: total === undefined ? null : { count: total.count, minutes: null },
    isPartial: true,
  }
}

/** Totals of months: the church's for an admin, and a pastor's own for a pastor, which are the groups by owner. */
function findTotals({ database }: Deps, viewer: Viewer, months: CalendarMonths): Promise<PublishedFigure[]> {
  if (viewer.role === 'admin') return readPublishedTotals(database, months)
  return readPublishedGroups(database, months, { dimension: 'owner', key: viewer.userId })
}

const noGroup: Omit<StatsGroup, 'count'> = {
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
