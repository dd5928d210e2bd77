import { Client } from 'pg'

type Column = Readonly<{
  table: string
  column: string
  type: string
  nullable: boolean
  /** The default's expression as PostgreSQL prints it. */
  default: string | null
  enumValues: string[]
}>
type Constraint = Readonly<{
  table: string
  name: string
  kind: 'p' | 'u' | 'f' | 'c'
  columns: string[]
  references: string | null
  /** pg_constraint.confdeltype: a = no action, r = restrict, c = cascade, n = set null. */
  onDelete: string
}>
type Index = Readonly<{
  table: string
  name: string
  columns: string[]
  isUnique: boolean
  isPartial: boolean
  isValid: boolean
  method: string
}>

/** What PostgreSQL's own catalogs say about the schema public, excluding partitions. */
export type Catalog = Readonly<{
  tables: string[]
  columns: Column[]
  constraints: Constraint[]
  indexes: Index[]
  enums: Readonly<{ name: string; values: string[] }>[]
  partitionKeys: Readonly<{ table: string; strategy: string; column: string }>[]
}>

export async function readCatalog(url: string): Promise<Catalog> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const all = async <T extends object>(sql: string): Promise<T[]> => (await client.query<T>(sql)).rows
  try {
    return {
      tables: (await all<{ name: string }>(tablesSql)).map(({ name }) => name),
      columns: await all<Column>(columnsSql),
      constraints: await all<Constraint>(constraintsSql),
      indexes: await all<Index>(indexesSql),
      enums: await all(enumsSql),
      partitionKeys: await all(partitionKeysSql),
    }
  } finally {
    await client.end()
  }
}

const ownTables = `c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> '_prisma_migrations'`

const tablesSql = `SELECT c.relname AS name FROM pg_class c WHERE ${ownTables} ORDER BY 1`

const columnsSql = `
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
    pg_get_expr(d.adbin, d.adrelid) AS default,
    ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder) AS "enumValues"
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE ${ownTables}
  ORDER BY c.relname, a.attnum`

const constraintsSql = `
  SELECT c.relname AS table, k.conname AS name, k.contype AS kind, k.confdeltype AS "onDelete",
    ARRAY(
      SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key (number, place)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.number ORDER BY key.place
    ) AS columns,
    (SELECT relname FROM pg_class WHERE oid = k.confrelid) AS references
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE ${ownTables} AND k.contype IN ('p', 'u', 'f', 'c') AND k.conparentid = 0
  ORDER BY c.relname, k.conname`

const indexesSql = `
  SELECT c.relname AS table, i.relname AS name, x.indisunique AS "isUnique", x.indpred IS NOT NULL AS "isPartial",
    x.indisvalid AS "isValid", m.amname AS method,
    ARRAY(
      SELECT a.attname::text FROM unnest(x.indkey::int[]) WITH ORDINALITY AS key (number, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number
      WHERE key.place <= x.indnkeyatts ORDER BY key.place
    ) AS columns
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_am m ON m.oid = i.relam
  WHERE ${ownTables}
  ORDER BY c.relname, i.relname`

const enumsSql = `
  SELECT t.typname AS name, ARRAY_AGG(e.enumlabel::text ORDER BY e.enumsortorder) AS values
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
  WHERE t.typnamespace = 'public'::regnamespace
  GROUP BY t.typname ORDER BY t.typname`

const partitionKeysSql = `
  SELECT c.relname AS table, p.partstrat AS strategy, a.attname AS column
  FROM pg_partitioned_table p
  JOIN pg_class c ON c.oid = p.partrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
  WHERE p.partnatts = 1 AND c.relnamespace = 'public'::regnamespace
  ORDER BY c.relname`
