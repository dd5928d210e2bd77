import { type ConnectPipelined, type PipelinedSession, Prisma } from './client.ts'
import { retryConflicts } from './retry-failures.ts'

/** The SQL interface of a transaction, Prisma's or a pipelined one. */
export type SqlTransaction = Readonly<{
  $queryRaw<Rows>(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>
  /** Returns the number of rows written. */
  $executeRaw(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>
  $queryRawUnsafe<Rows>(text: string, ...values: unknown[]): Promise<Rows>
  /** Whether a statement may be sent before the one ahead of it is answered. */
  isPipelined?: boolean
}>

type Step = () => Promise<unknown>
type Results<Steps extends readonly Step[]> = { -readonly [At in keyof Steps]: Awaited<ReturnType<Steps[At]>> }

/**
 * Sends the statements of several steps in order and returns their results. A pipelined connection sends them all in one
 * round trip; any other waits for each. Throws what the first failing step throws.
 */
export async function sendInOrder<const Steps extends readonly Step[]>(
  tx: SqlTransaction,
  steps: Steps,
): Promise<Results<Steps>> {
  const results: unknown[] = []
  if (tx.isPipelined === true) results.push(...(await Promise.all(steps.map((step) => step()))))
  else for (const step of steps) results.push(await step())
  return results as Results<Steps> // one result for each step, in their order
}

/**
 * Runs a transaction like `runTransaction`, but without Prisma and on a pipelining connection: statements that `work`
 * starts concurrently share one round trip. They run in the order they were started, each with its own snapshot. Values
 * are in the driver's representation.
 */
export function runPipelined<T>(connect: ConnectPipelined, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  return retryConflicts(() => transact(connect, work))
}

/**
 * Force generic plans without sequential scans: planned while a table is small or before it is analyzed, the statements
 * would scan all of it for each row. SET LOCAL, because a pooler may reuse the session.
 */
const begin = 'BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off'

async function transact<T>(connect: ConnectPipelined, work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
  const session = await connect()
  try {
    const started = session.query(begin)
    // If BEGIN fails, so do the statements sent behind it, and their callers get the error.
    started.catch(() => undefined)
    const result = await work(transactionOver(session))
    await started
    const { command } = await session.query('COMMIT')
    // PostgreSQL answers COMMIT with ROLLBACK if a statement failed, even if nobody awaited it.
    if (command !== 'COMMIT') throw new Error('a transaction was rolled back: one of its statements failed')
    session.release()
    return result
  } catch (error) {
    await rollBack(session)
    throw error
  }
}

/** Returns once the transaction is over, so a retry doesn't wait for its locks. */
async function rollBack(session: PipelinedSession): Promise<void> {
  let isBroken = false
  await session.query('ROLLBACK').catch(() => {
    isBroken = true
  })
  session.release(isBroken)
}

function transactionOver(session: PipelinedSession): SqlTransaction {
  const send = (sql: TemplateStringsArray | Prisma.Sql, values: unknown[]) => {
    const statementText = sql instanceof Prisma.Sql ? sql : Prisma.sql(sql, ...values)
    return session.query(statementText.text, statementText.values)
  }
  return {
    isPipelined: true,
    $queryRaw: async <Rows>(sql: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
      const { rows } = await send(sql, values)
      return rows as Rows // the caller declares the row type of its SQL, as with Prisma
    },
    $executeRaw: async (sql, ...values) => (await send(sql, values)).rowCount ?? 0,
    $queryRawUnsafe: async <Rows>(text: string, ...values: unknown[]) => {
      const { rows } = await session.query(text, values)
      return rows as Rows // as above
    },
  }
}
