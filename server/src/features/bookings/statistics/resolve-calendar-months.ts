import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { readSetting } from '../../settings/reads.ts'
import type { BookingFilter } from '../filter.model.ts'
import { type CalendarMonths, readCalendarMonths, readLastMonth } from './figures.reads.ts'

const maxMonths = 120

/**
 * Resolves the filter of a count-only viewer to calendar months in the setting `church.timeZone`.
 *
 * @throws BadUserInputError for any other range; the message names the time zone and gives an example
 */
export async function resolveCalendarMonths(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { startTime }: BookingFilter,
  { max = maxMonths }: Readonly<{ max?: number }> = {},
): Promise<CalendarMonths & Readonly<{ timeZone: string }>> {
  const { value: timeZone } = await readSetting(database, 'church.timeZone')
  const { from, to } = startTime ?? {}
  const months = from && to ? await readCalendarMonths(database, { from, to, timeZone }) : null
  if (months !== null && months.count <= max) return { ...months, timeZone }
  const example = await readLastMonth(database, { now: clock.now(), timeZone })
  const expected = max === 1 ? 'one calendar month' : `whole calendar months, at most ${max},`
  throw new BadUserInputError(
    'filter.startTime',
    `A count-only token can request only ${expected} in ${timeZone}, such as from ${example.from.toISOString()} to ${example.to.toISOString()}.`,
  )
}
