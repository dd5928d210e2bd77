import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSchemaEngine } from '../../src/platform/database/schema-engine.ts'
import { asSuperuser, createEmptyDatabase, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Catalog, readCatalog } from './catalog.ts'

/**
 * Prisma creates a second database from schema.prisma, and the two are compared. Intended differences are listed here
 * by name; any other is a mistake in one of them.
 */
let fresh: FreshDatabase
let logicalDatabase: Awaited<ReturnType<typeof createEmptyDatabase>>
let physical: Catalog
let logical: Catalog

beforeAll(async () => {
  fresh = await freshDatabase()
  logicalDatabase = await createEmptyDatabase()
  const path = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url))
  await using engine = await openSchemaEngine(logicalDatabase.url)
  const sql = await engine.sqlOf({ path, content: await readFile(path, 'utf8') })
  // A column default that is a function of ours; the migrations create it, and the model can only name it.
  const epoch = `CREATE FUNCTION session_epoch() RETURNS text LANGUAGE sql AS $$ SELECT '' $$;`
  await asSuperuser((client) => client.query(epoch + sql), logicalDatabase.url)
  physical = await readCatalog(fresh.url)
  logical = await readCatalog(logicalDatabase.url)
})
afterAll(async () => {
  await fresh.close()
  await logicalDatabase.drop()
})

test('every model has its table, and every table its model', () => {
  expect(physical.tables).toEqual(logical.tables)
  expect(logical.tables.length).toBeGreaterThanOrEqual(19)
})

test('every enum has the same name and the same values in the same order', () => {
  expect(physical.enums).toEqual(logical.enums)
})

test('every field has its column: name, type, nullability, default', () => {
  // Prisma writes a list as a nullable array and never stores null in it.
  const asPhysical = (column: Catalog['columns'][number]) =>
    column.type === 'text[]' ? { ...column, nullable: false, default: `'{}'::text[]` } : column
  expect(physical.columns.toSorted(byColumn)).toEqual(logical.columns.map(asPhysical).toSorted(byColumn))
})

const partitioned = ['audit_logs', 'bookings', 'context_summaries']

describe('keys', () => {
  const keys = (catalog: Catalog, kind: string) =>
    catalog.constraints
      .filter((constraint) => constraint.kind === kind)
      .map(({ table, columns }) => `${table} (${columns.join(', ')})`)

  test('primary keys are the same, plus the partition key where there is one', () => {
    const expected = keys(logical, 'p').map((key) => {
      if (key === 'bookings (id)') return 'bookings (id, startTime)'
      return partitioned.includes(key.replace(' (id)', '')) ? key.replace('(id)', '(id, createdAt)') : key
    })
    expect(keys(physical, 'p')).toEqual(expected)
  })

  test('unique keys are the same; those of a booking are in booking_keys', () => {
    const uniqueOf = (catalog: Catalog) =>
      catalog.indexes
        // Prisma supports neither partial nor expression keys; the latter have no column.
        .filter(({ isUnique, isPartial, columns }) => isUnique && !isPartial && columns.length > 0)
        .filter(({ columns, table }) => !isPrimary(catalog, table, columns))
        .map(({ table, columns }) => `${table} (${columns.join(', ')})`)
        .toSorted()
    const expected = uniqueOf(logical).filter((key) => !key.startsWith('bookings ') && key !== 'booking_keys (id)')
    expect(uniqueOf(physical)).toEqual(expected)
    expect(expected).toContain('booking_keys (calBookingId)')
    expect(expected).toContain('booking_keys (calBookingUid)')
  })

  test('every relation is a foreign key; those to bookings go to booking_keys', () => {
    const relations = (catalog: Catalog) =>
      catalog.constraints
        .filter(({ kind }) => kind === 'f')
        .map(({ table, columns, references }) => `${table} (${columns.join(', ')}) → ${references}`)
        .toSorted()
    expect(relations(physical)).toEqual(
      relations(logical)
        .map((relation) => relation.replace('→ bookings', '→ booking_keys'))
        .toSorted(),
    )
  })

  test('deletes cascade as in the model, from users and from bookings', () => {
    const implicit = physical.constraints
      .filter(({ onDelete }) => onDelete === 'c')
      .map(({ table, references }) => `${references}: ${table}`)
    expect(implicit.toSorted()).toEqual([
      'ai_configurations: ai_consents',
      'api_tokens: api_token_field_uses',
      'booking_keys: bookings',
      'booking_keys: context_summaries',
      'booking_keys: form_responses',
      'booking_keys: stale_bookings',
      'booking_keys: summary_feedback',
      'users: api_tokens',
      'users: mail_links',
      'users: sessions',
      'users: user_credentials',
      'users: webhook_endpoints',
      'webhook_endpoints: webhook_messages',
      'webhook_messages: webhook_attempts',
    ])
  })
})

test('every index of the model exists under its name', () => {
  const named = logical.indexes.filter(({ name }) => name.startsWith('idx_'))
  expect(named.length).toBeGreaterThanOrEqual(45)
  expect(physical.indexes).toEqual(expect.arrayContaining(named))
})

function isPrimary(catalog: Catalog, table: string, columns: readonly string[]): boolean {
  const key = catalog.constraints.find((constraint) => constraint.table === table && constraint.kind === 'p')
  return key?.columns.join() === columns.join()
}

function byColumn(a: { table: string; column: string }, b: { table: string; column: string }): number {
  return `${a.table}.${a.column}`.localeCompare(`${b.table}.${b.column}`)
}
