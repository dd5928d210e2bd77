import { GraphQLError } from 'graphql'

const isoDateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Parses a point in time from a client.
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

/** The format of responses. */
const inMilliseconds = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
/** The format of PostgreSQL's JSON: UTC, without trailing zeros. */
const fromDatabase = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?\+00:00$/

/**
 * Formats a point in time for a response. Text in the format of responses or of PostgreSQL isn't parsed: a dashboard
 * has a hundred timestamps, and creating a `Date` for each costs more than all its other values.
 *
 * @throws RangeError for text that isn't a point in time
 */
export function dateTimeText(value: Date | string): string {
  if (typeof value !== 'string') return value.toISOString()
  if (inMilliseconds.test(value)) return value
  const [, seconds, fraction = ''] = fromDatabase.exec(value) ?? []
  return seconds === undefined ? new Date(value).toISOString() : `${seconds}.${fraction.padEnd(3, '0')}Z`
}
