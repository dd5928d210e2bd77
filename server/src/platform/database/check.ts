import { ConfigurationError } from '../errors.ts'
import { Connection } from './connection.ts'
import { isPooled, keepsSession } from './pooler.ts'
import { type DatabaseAddress, parseDatabaseUrl } from './url.ts'

/** The migrations rely on rules (unique nulls, trigger order across partitions) that weren't tested below 15. */
const oldestVersion = 150_000

/**
 * Connects once and disconnects.
 *
 * @throws ConfigurationError in one line that says what is wrong with the URL or the server, without the password
 */
export async function checkDatabase({
  url,
  mayBeReadOnly = false,
}: Readonly<{ url: string; mayBeReadOnly?: boolean }>): Promise<void> {
  const address = parseDatabaseUrl(url)
  const client = new Connection({
    connectionString: url,
    application_name: 'churchhub check',
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  })
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number; isReadOnly: boolean }>(
      `SELECT current_setting('server_version_num')::int AS version,
        current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
    )
    const version = rows[0]?.version ?? 0
    if (version < oldestVersion) {
      throw new ConfigurationError(
        `${hostAndPort(address)} is PostgreSQL ${Math.trunc(version / 10_000)}; ChurchHub needs 15 or newer.`,
      )
    }
    if (!mayBeReadOnly && (await isPooled(client)) && !(await keepsSession(client, url))) {
      throw new ConfigurationError(
        `${address.host}:${address.port} is a connection pooler in transaction mode, which loses LISTEN and locks. Set DATABASE_DIRECT_URL to PostgreSQL itself, or to a pool in session mode. DATABASE_URL can stay as it is.`,
      )
    }
    if (rows[0]?.isReadOnly === true && !mayBeReadOnly) {
      throw new ConfigurationError(
        `${hostAndPort(address)} is read-only: it is a standby, or default_transaction_read_only is on. Use the primary, or start again once it can be written.`,
      )
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw new ConfigurationError(explain(address, error), { cause: error })
  } finally {
    await client.end().catch(() => undefined)
  }
}

function hostAndPort({ host, port }: DatabaseAddress): string {
  return `The database server at ${host}:${port} of DATABASE_URL`
}

function explain(address: DatabaseAddress, error: unknown): string {
  const { code, message } = describe(error)
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host ${address.host} of DATABASE_URL is unknown. Check its spelling, or the network's name service.`
    case 'ECONNREFUSED':
      return `${hostAndPort(address)} refuses connections. Is PostgreSQL running there, and on that port?`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${hostAndPort(address)} can't be reached. Check the address and the firewall.`
    case '28P01':
    case '28000':
      return `${hostAndPort(address)} refuses user "${address.userName}". Check the user and the password.`
    case '3D000':
      return `${hostAndPort(address)} has no database "${address.databaseName}". Create it, or correct the name.`
    case '42501':
      return `User "${address.userName}" of DATABASE_URL isn't allowed to connect to database "${address.databaseName}". Grant it access, or use another user.`
    case '53300':
      return `${hostAndPort(address)} has no connections left. Close some, or raise max_connections.`
    case '57P03':
      return `${hostAndPort(address)} is starting up or shutting down. Try again in a moment.`
    default:
      return `${hostAndPort(address)} can't be used: ${message}`
  }
}

function describe(error: unknown): { code: string; message: string } {
  // Node combines the failures of a host's addresses in one AggregateError with an empty message.
  const cause = error instanceof AggregateError ? error.errors[0] : error
  if (!(cause instanceof Error)) return { code: '', message: 'unknown reason' }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (cause.message.includes('timeout')) return { code: 'ETIMEDOUT', message: cause.message }
  return { code, message: cause.message.split('\n')[0] ?? '' }
}
