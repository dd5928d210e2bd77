import pg from 'pg'

/** The SQL of one statement that was sent to a database, whoever in this process sent it. */
export type SeenStatement = Readonly<{ sql: string; isNamed: boolean }>

/** What every connection is set up with, and what transactions are made of. */
const housekeeping = /^(SET |BEGIN|COMMIT|ROLLBACK|LISTEN|SELECT 1$)/

/**
 * Every statement that this process sends through `pg` while `work` runs: Prisma's, those of the one-statement reads, and
 * everybody else's. Housekeeping of connections is left out.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<readonly SeenStatement[]> {
  const seen: SeenStatement[] = []
  const { query } = pg.Client.prototype
  function noted(this: pg.Client, ...args: unknown[]): unknown {
    const [asked] = args
    const sql = typeof asked === 'string' ? asked : textOf(asked)
    if (!housekeeping.test(sql)) seen.push({ sql: sql.trim(), isNamed: nameOf(asked) !== '' })
    return Reflect.apply(query, this, args)
  }
  // The overloads of `query` can't be written as one function.
  pg.Client.prototype.query = noted as typeof query
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return seen
}

function textOf(asked: unknown): string {
  const text: unknown = typeof asked === 'object' && asked !== null ? Reflect.get(asked, 'text') : undefined
  return typeof text === 'string' ? text : ''
}

function nameOf(asked: unknown): string {
  const name: unknown = typeof asked === 'object' && asked !== null ? Reflect.get(asked, 'name') : undefined
  return typeof name === 'string' ? name : ''
}
