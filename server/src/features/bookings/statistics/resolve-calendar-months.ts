import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { readSetting } from '../../settings/reads.ts'
import type { BookingFilter } from '../filter.model.ts'
import { type CalendarMonths, readCalendarMonths, readLastMonth } from './figures.reads.ts'

const mostMonths = 120

/**
 * The calendar months that one who only counts asks for, in the setting `church.timeZone`.
 *
 * @throws BadUserInputError for any other range; the message gives the time zone and an example
 */
export async function checkMonths(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { startTime }: BookingFilter,
  { atMost = mostMonths }: Readonly<{ atMost?: number }> = {},
): Promise<CalendarMonths & Readonly<{ timeZone: string }>> {
  const { value: timeZone } = await readSetting(database, 'church.timeZone')
  const { from, to } = startTime ?? {}
  const months = from && to ? await readCalendarMonths(database, { from, to, timeZone }) : null
  if (months !== null && months.count <= atMost) return { ...months, timeZone }
  const example = await readLastMonth(database, { now: clock.now(), timeZone })
  const what = atMost === 1 ? 'one calendar month' : `whole calendar months, at most ${atMost},`
  throw new BadUserInputError(
    'filter.startTime',
    `A count-only token can request only ${what} in ${timeZone}, such as from ${example.from.toISOString()} to ${example.to.toISOString()}.`,
  )
}
