import { ConfigurationError } from '../errors.ts'

export type DatabaseAddress = Readonly<{ host: string; port: number; databaseName: string; userName: string }>

/**
 * Parses a PostgreSQL URL for messages and the choice of a driver.
 *
 * @throws ConfigurationError in one line that never repeats the URL, because it contains a password
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const parsed = URL.parse(url)
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new ConfigurationError(
      'DATABASE_URL is not a PostgreSQL URL: it must look like postgresql://user:password@host:5432/database.',
    )
  }
  const databaseName = decodeURIComponent(parsed.pathname.slice(1))
  if (parsed.hostname === '' || databaseName === '') {
    throw new ConfigurationError(
      'DATABASE_URL lacks a host or a database: it must look like postgresql://user:password@host:5432/database.',
    )
  }
  return {
    host: parsed.hostname,
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    databaseName,
    userName: decodeURIComponent(parsed.username),
  }
}
