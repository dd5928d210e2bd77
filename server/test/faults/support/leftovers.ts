import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Client, escapeIdentifier } from 'pg'
import { type Canary, type Find, findIn } from './canaries.ts'

type Column = { schema: string; table: string; root: string; column: string }

/** Searches every column of every table in every schema except PostgreSQL's own, as text. */
export async function searchTables(client: Client, canaries: readonly Canary[]): Promise<Find[]> {
  const { rows: columns } = await client.query<Column>(`
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS column,
      coalesce((SELECT relname FROM pg_class WHERE oid = pg_partition_root(c.oid)), c.relname) AS root
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY 1, 2, a.attnum`)
  const finds: Find[] = []
  for (const { schema, table, root, column } of columns) {
    const [from, what] = [[schema, table].map(escapeIdentifier).join('.'), escapeIdentifier(column)]
    const { rows } = await client.query<{ all: string | null }>(
      `SELECT string_agg(${what}::text, E'\\n') AS all FROM ${from}`,
    )
    const place = `${schema === 'public' ? '' : `${schema}.`}${root}.${column}`
    const strangers = canaries.filter(({ allowed }) => !allowed.includes(place))
    finds.push(...findIn(rows[0]?.all ?? '', place, strangers))
  }
  return finds
}

/** What PostgreSQL reports about its sessions and executed statements. */
export async function statementsSeen(client: Client): Promise<string> {
  const { rows } = await client.query<{ text: string }>(`
    SELECT query AS text FROM pg_stat_statements UNION ALL
    SELECT concat_ws(' ', query, application_name) FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
  return rows.map(({ text }) => text).join('\n')
}

/** Searches every file under a directory, byte by byte: tables with their dead rows, indexes, WAL, logs. */
export async function searchFiles(directory: string, canaries: readonly Canary[]): Promise<Find[]> {
  const finds: Find[] = []
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    finds.push(...findIn(await readFile(path), relative(directory, path), canaries))
  }
  return finds
}

/** The total size of the files under a directory in bytes, to check that a search had something to search. */
export async function bytesUnder(directory: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
