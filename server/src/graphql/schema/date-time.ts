import { GraphQLError } from 'graphql'

const isoDateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/**
 * A point in time as a client wrote it.
 *
 * @throws GraphQLError BAD_USER_INPUT
 */
export function parseDateTime(value: unknown): Date {
  const date = typeof value === 'string' && isoDateTime.test(value) ? new Date(value) : null
  if (date === null || Number.isNaN(date.getTime())) {
    throw new GraphQLError('A DateTime must be an ISO 8601 string with a time zone, such as "2026-11-22T09:30:00Z".', {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  return date
}

/** As answers have it. */
const inMilliseconds = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
/** As PostgreSQL puts it into JSON: UTC, and no more of a second than there is. */
const fromDatabase = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?\+00:00$/

/**
 * A point in time as answers have it. Texts of the two usual forms, which only the database and our own model make, are
 * taken as they stand: a dashboard has a hundred, and making a `Date` of each costs more than all its other values.
 *
 * @throws RangeError for a text that is no point in time
 */
export function dateTimeText(value: Date | string): string {
  if (typeof value !== 'string') return value.toISOString()
  if (inMilliseconds.test(value)) return value
  const [, seconds, fraction = ''] = fromDatabase.exec(value) ?? []
  return seconds === undefined ? new Date(value).toISOString() : `${seconds}.${fraction.padEnd(3, '0')}Z`
}
