import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { newId } from '../ids.ts'
import { Connection } from './connection.ts'
import { lostStatementStates } from './statement-names.ts'

const timeoutMs = 2_000

/** Whether a pooler is behind this connection: it announces a process of its own instead of PostgreSQL's. */
export async function isPooled(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  // Not in the types: the process of BackendKeyData (PostgreSQL docs, "Message Formats").
  const { processID } = connection as Connection & { processID: number | null }
  return processID !== rows[0]?.pid
}

/**
 * Whether a session stays with its connection, as LISTEN and advisory locks need: it hears what another connection
 * notifies. A pooler in transaction mode gives the session to others.
 */
export async function keepsSession(connection: Connection, url: string): Promise<boolean> {
  const channel = `churchhub_probe_${newId().replaceAll('-', '')}`
  const heard = once(connection, 'notification', { signal: AbortSignal.timeout(timeoutMs) }).then(
    () => true,
    () => false,
  )
  await connection.query(`LISTEN ${channel}`)
  await withConnection(url, (other) => other.query('SELECT pg_notify($1, $2)', [channel, '']))
  const isKept = await heard
  await connection.query(`UNLISTEN ${channel}`)
  return isKept
}

/**
 * Whether prepared statements work at a URL: directly, and with poolers in session mode or that follow statements.
 * Prepares one, has another connection occupy the session, and uses the statement again.
 */
export function keepsStatements(url: string): Promise<boolean> {
  return withConnection(url, async (connection) => {
    if (!(await isPooled(connection))) return true
    const name = `churchhub_probe_${newId()}`
    const pidOf = async () => {
      const { rows } = await connection.query<{ pid: number }>({ name, text: 'SELECT pg_backend_pid() AS pid' })
      return rows[0]?.pid
    }
    try {
      for (let tries = 0; tries < 5; tries++) {
        const before = await pidOf()
        const after = await withConnection(url, async (other) => {
          await other.query('BEGIN; SELECT 1')
          return pidOf()
        })
        if (after !== before) return true
        await wait(20)
      }
      return await keepsSession(connection, url)
    } catch (error) {
      if (error instanceof DatabaseError && !lostStatementStates.has(error.code ?? '')) throw error
      // A pool with a single session doesn't answer either.
      return false
    }
  })
}

async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = new Connection({
    connectionString: url,
    application_name: 'churchhub check',
    connectionTimeoutMillis: 10_000,
    query_timeout: timeoutMs,
  })
  try {
    await connection.connect()
    return await work(connection)
  } finally {
    await connection.end().catch(() => undefined)
  }
}
