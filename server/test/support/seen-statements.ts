import pg from 'pg'

/** The SQL of one statement that this process sent to a database. */
export type SeenStatement = Readonly<{ sql: string; isNamed: boolean }>

/** Statements that set up a connection or delimit a transaction. */
const sessionStatements = /^(SET |BEGIN|COMMIT|ROLLBACK|LISTEN|SELECT 1$)/

/**
 * Collects every statement that this process sends through `pg` while `work` runs, by Prisma or otherwise. Connection setup
 * and transaction control are left out.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<readonly SeenStatement[]> {
  const seen: SeenStatement[] = []
  const { query } = pg.Client.prototype
  function noted(this: pg.Client, ...args: unknown[]): unknown {
    const [asked] = args
    const sql = typeof asked === 'string' ? asked : textOf(asked)
    if (!sessionStatements.test(sql)) seen.push({ sql: sql.trim(), isNamed: nameOf(asked) !== '' })
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
