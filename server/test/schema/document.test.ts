import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { type DocumentedColumn, readSchemaDocument } from './document.ts'

const document = readSchemaDocument()

/** Tables beyond the document, each with the reason it exists. */
const furtherTables = [
  'ai_consents',
  'api_budgets',
  'api_token_field_uses',
  'api_tokens',
  'audit_bursts',
  'audit_seals',
  'booking_changes',
  'booking_keys',
  'data_keys',
  'database_identity',
  'event_types',
  'mail_links',
  'month_figure_groups',
  'month_figures',
  'node_checkpoints',
  'sessions',
  'sign_in_attempts',
  'stale_bookings',
  'summary_feedback',
  'user_credentials',
  'webhook_attempts',
  'webhook_deliveries',
  'webhook_endpoints',
  'webhook_messages',
  'withdrawals',
]

/** The document leaves the values of one ENUM open. */
const bookingStatuses = ['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show']

let fresh: FreshDatabase
let catalog: Catalog
beforeAll(async () => {
  fresh = await freshDatabase()
  catalog = await readCatalog(fresh.url)
})
afterAll(() => fresh.close())

const partitionColumn = (table: string) => document.partitions.find((partition) => partition.table === table)?.column

/** A partitioned table can't have a unique key without its partition key; booking_keys holds those of a booking. */
const uniqueElsewhere = (table: string) => (table === 'bookings' ? 'booking_keys' : table)

describe('the parser of docs/schema.md', () => {
  // Counted in the file with grep, so that a row the parser overlooks isn't silently left untested.
  test('finds everything in the document', () => {
    expect(document.tables.map(({ name }) => name)).toEqual([
      'users',
      'bookings',
      'forms',
      'form_responses',
      'context_summaries',
      'audit_logs',
      'calendar_connections',
      'ai_configurations',
      'scheduling_policies',
      'worker_jobs',
      'system_settings',
    ])
    expect(document.tables.flatMap(({ columns }) => columns)).toHaveLength(125)
    expect(document.tables.flatMap(({ indexes }) => indexes)).toHaveLength(34)
    expect(document.tables.flatMap(({ relations }) => relations)).toHaveLength(18)
    expect(document.diagram).toHaveLength(9)
    expect(document.partitions).toHaveLength(3)
  })
})

describe.each(document.tables)('table $name', ({ name, columns, indexes, relations }) => {
  test('has exactly the documented columns', () => {
    const actual = catalog.columns.filter(({ table }) => table === name).map(({ column }) => column)
    expect(actual).toEqual(columns.map((column) => column.name))
  })

  describe.each(columns)('column $name', (column) => {
    const actual = () => {
      const found = catalog.columns.find((candidate) => candidate.table === name && candidate.column === column.name)
      if (found === undefined) throw new Error(`${name}.${column.name} is not in the database`)
      return found
    }

    test(`is ${column.type}`, () => {
      if (column.type === 'ENUM') {
        expect(actual().enumValues).toEqual(column.enumValues.length > 0 ? column.enumValues : bookingStatuses)
      } else {
        expect(actual().type).toBe(postgresType(column.type))
      }
    })

    test(column.isNullable ? 'is nullable' : 'is not nullable', () => {
      expect(actual().nullable).toBe(column.isNullable)
    })

    test(`has the default ${column.defaultValue ?? 'none'}`, async () => {
      expect(await plainDefault(actual().default)).toBe(documentedDefault(column))
    })

    if (column.isPrimaryKey)
      test('is the primary key', () => {
        const key = catalog.constraints.find(({ table, kind }) => table === name && kind === 'p')
        const partitionKey = partitionColumn(name)
        expect(key?.columns).toEqual(partitionKey === undefined ? [column.name] : [column.name, partitionKey])
      })

    if (column.isUnique)
      test('is unique', () => {
        const unique = catalog.constraints.filter(({ table, kind }) => table === uniqueElsewhere(name) && kind === 'u')
        expect(unique.map((constraint) => constraint.columns)).toContainEqual([column.name])
      })

    if (column.isForeignKey)
      test('is a foreign key', () => {
        const keys = catalog.constraints.filter(({ table, kind }) => table === name && kind === 'f')
        const own = keys.filter((key) => key.columns.length === 1 && key.columns[0] === column.name)
        // If the description names no table, it is users: "User-specific config (nullable for global)".
        const target = column.references ?? 'users'
        expect(own.map((key) => key.references)).toEqual([target === 'bookings' ? 'booking_keys' : target])
      })
  })

  test.each(indexes)('has the index $name on $column', (index) => {
    const actual = catalog.indexes.find((candidate) => candidate.name === index.name)
    expect(actual).toEqual({
      table: name,
      name: index.name,
      columns: [index.column],
      isUnique: false,
      isPartial: false,
      isValid: true,
      method: 'btree',
    })
  })

  test.each(relations)('is $kind with $table', ({ kind, table }) => {
    const [many, one] = kind === 'one-to-many' ? [table, name] : [name, table]
    expect(isReferenced(many, one)).toBe(true)
  })
})

test.each(document.diagram)('one of $one has many of $many', ({ one, many }) => {
  expect(isReferenced(many, one)).toBe(true)
})

test('every table is in the document or in the list of further tables', () => {
  expect(catalog.tables).toEqual([...document.tables.map(({ name }) => name), ...furtherTables].toSorted())
})

test('exactly the documented tables are partitioned, by range of the documented column', () => {
  expect(catalog.partitionKeys).toEqual(
    document.partitions
      .map(({ table, column }) => ({ table, strategy: 'r', column }))
      .toSorted((a, b) => a.table.localeCompare(b.table)),
  )
})

test.each(document.partitions)(
  'each partition of $table is one UTC month, and one takes the rest',
  async ({ table }) => {
    const partitions = await fresh.database.$queryRaw<{ name: string; bounds: string }[]>`
    SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ${table}::regclass ORDER BY c.relname`
    const months = partitions.filter(({ name }) => name !== `${table}_default`)
    expect(partitions).toContainEqual({ name: `${table}_default`, bounds: 'DEFAULT' })
    expect(months.length).toBeGreaterThanOrEqual(4)
    for (const { name, bounds } of months) {
      const [, year, month] = /_y(\d{4})m(\d{2})$/.exec(name) ?? []
      const from = new Date(Date.UTC(Number(year), Number(month) - 1))
      const to = new Date(Date.UTC(Number(year), Number(month)))
      const inPostgres = (time: Date) => `${time.toISOString().slice(0, 10)} 00:00:00+00`
      expect(bounds).toBe(`FOR VALUES FROM ('${inPostgres(from)}') TO ('${inPostgres(to)}')`)
    }
  },
)

test.each(document.partitions)('every partition of $table has every index of its table', async ({ table }) => {
  const counts = await fresh.database.$queryRaw<{ partition: string; indexes: number }[]>`
    SELECT i.inhrelid::regclass::text AS partition,
      (SELECT count(*)::int FROM pg_index x WHERE x.indrelid = i.inhrelid AND x.indisvalid) AS indexes
    FROM pg_inherits i WHERE i.inhparent = ${table}::regclass`
  const own = catalog.indexes.filter((index) => index.table === table).length
  expect(new Set(counts.map(({ indexes }) => indexes))).toEqual(new Set([own]))
})

function postgresType(documented: string): string {
  const names: Record<string, string> = {
    UUID: 'uuid',
    TEXT: 'text',
    BOOLEAN: 'boolean',
    INTEGER: 'integer',
    JSONB: 'jsonb',
    INET: 'inet',
    // A zoneless DEFAULT NOW() would follow the session's time zone.
    TIMESTAMP: 'timestamp(3) with time zone',
    'DECIMAL(3,2)': 'numeric(3,2)',
  }
  return names[documented] ?? documented.replace('VARCHAR', 'character varying')
}

function documentedDefault({ defaultValue }: DocumentedColumn): string | null {
  return defaultValue === 'NOW()' ? 'now()' : (defaultValue?.replaceAll("'", '') ?? null)
}

/** now() unchanged; any other default as its value. */
async function plainDefault(expression: string | null): Promise<string | null> {
  if (expression === null || expression === 'now()') return expression
  const [row] = await fresh.database.$queryRawUnsafe<{ value: string }[]>(`SELECT (${expression})::text AS value`)
  return row?.value ?? null
}

function isReferenced(many: string, one: string): boolean {
  const target = one === 'bookings' ? 'booking_keys' : one
  return catalog.constraints.some(
    ({ kind, table, references }) => kind === 'f' && table === many && references === target,
  )
}
