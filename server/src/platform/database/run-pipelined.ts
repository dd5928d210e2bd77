import { connectPipelined, type Database, type PipelinedSession, Prisma } from './client.ts'
import { retryConflicts } from './retry-failures.ts'

/** What SQL goes through in a transaction, Prisma's or one of these. */
export type SqlTransaction = Readonly<{
  $queryRaw<Rows>(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>
  /** Returns how many rows were written. */
  $executeRaw(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
}>

/**
 * Runs a transaction as `runTransaction` does, but without Prisma, and on a connection that sends a statement without
 * waiting for the one before: those that `work` begins together cost one round trip. They run in the order in which they
 * were begun, each with a snapshot of its own. Values come as the driver reads them.
 */
export function runPipelined<T>(database: Database, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  return retryConflicts(() => transact(database, work))
}

/**
 * A few statements, planned once, and for the tables as they will be: planned while a table is small, or before anybody has
 * counted it again, they would read all of it for each row. For the transaction only: a pooler may give its session to others.
 */
const begin = 'BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off'

async function transact<T>(database: Database, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  const session = await connectPipelined(database)
  try {
    const begun = session.query(begin)
    // Where it fails, so does whatever was sent behind it, and whoever waits for that is told.
    begun.catch(() => undefined)
    const result = await work(transactionOver(session))
    await begun
    const { command } = await session.query('COMMIT')
    // PostgreSQL answers COMMIT with ROLLBACK where a statement had failed, even if nobody waited for it.
    if (command !== 'COMMIT') throw new Error('a transaction was rolled back: one of its statements failed')
    session.release()
    return result
  } catch (error) {
    await letGo(session)
    throw error
  }
}

/** Returns when nothing of the transaction is left: whoever tries again must not wait for its locks. */
async function letGo(session: PipelinedSession): Promise<void> {
  let isBroken = false
  await session.query('ROLLBACK').catch(() => {
    isBroken = true
  })
  session.release(isBroken)
}

function transactionOver(session: PipelinedSession): SqlTransaction {
  const send = (sql: TemplateStringsArray | Prisma.Sql, values: unknown[]) => {
    const whole = sql instanceof Prisma.Sql ? sql : Prisma.sql(sql, ...values)
    return session.query(whole.text, whole.values)
  }
  return {
    $queryRaw: async <Rows>(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
      const { rows } = await send(sql, values)
      return rows as Rows // the caller says which rows its SQL gives, as with Prisma's
    },
    $executeRaw: async (sql, ...values) => (await send(sql, values)).rowCount ?? 0,
    $queryRawUnsafe: async <Rows>(text: string, ...values: unknown[]) => {
      const { rows } = await session.query(text, values)
      return rows as Rows // as above
    },
  }
}
