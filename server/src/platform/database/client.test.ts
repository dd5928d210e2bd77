import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NeonBridge, startNeonBridge } from '../../../test/fakes/neon-bridge.ts'
import { addBooking, addUser } from '../../../test/schema/rows.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'

import { newId } from '../ids.ts'
import { createDatabase, type Database, isNeonHost, Prisma } from './client.ts'
import { createMonthPartitions } from './partitions.ts'

describe.each(['pg', 'neon'] as const)('the database through adapter-%s', (driver) => {
  let bridge: NeonBridge | undefined
  let fresh: FreshDatabase
  let database: Database
  let userId: string
  beforeAll(async () => {
    if (driver === 'neon') bridge = await startNeonBridge()
    fresh = await freshDatabase({ driver, statementTimeoutMs: 1_500 })
    database = fresh.database
    userId = await addUser(database)
  })
  afterAll(async () => {
    await fresh.close()
    await bridge?.[Symbol.asyncDispose]()
  })

  test('uses that driver, and identifies itself', async () => {
    expect(bridge?.connections() ?? 0).toBe(driver === 'neon' ? 1 : 0)
    const [row] = await database.$queryRaw<{ name: string }[]>`SELECT current_setting('application_name') AS name`
    expect(row?.name).toBe('churchhub test')
  })

  test('runs every session in UTC, whatever the server’s zone', async () => {
    const name = new URL(fresh.url).pathname.slice(1)
    await asSuperuser((client) => client.query(`ALTER DATABASE ${name} SET timezone = 'Asia/Kathmandu'`))
    const { database: elsewhere, close } = createDatabase({
      url: fresh.url,
      applicationName: 'zone',
      maxConnections: 5,
      driver,
    })
    try {
      const zones = await Promise.all(
        Array.from(
          { length: 5 },
          () =>
            elsewhere.$queryRaw<{ zone: string }[]>`SELECT current_setting('TimeZone') AS zone, pg_sleep(0.05)::text`,
        ),
      )
      expect(zones.flat().map(({ zone }) => zone)).toEqual(['UTC', 'UTC', 'UTC', 'UTC', 'UTC'])
      const id = await addBooking(elsewhere, userId, '2024-03-31T01:30:00.123Z')
      expect((await elsewhere.booking.findUniqueOrThrow({ where: { id } })).startTime).toEqual(
        new Date('2024-03-31T01:30:00.123Z'),
      )
      const [row] = await elsewhere.$queryRaw<{ text: string; found: number }[]>`
        SELECT "startTime" AT TIME ZONE 'UTC' || '' AS text,
          (SELECT count(*)::int FROM bookings WHERE id = ${id}::uuid AND "startTime" = ${new Date('2024-03-31T01:30:00.123Z')}) AS found
        FROM bookings WHERE id = ${id}::uuid`
      expect(row).toEqual({ text: '2024-03-31 01:30:00.123', found: 1 })
    } finally {
      await close()
      await asSuperuser((client) => client.query(`ALTER DATABASE ${name} RESET timezone`))
    }
  })

  test('read connections use generic plans without JIT, and leave pooled sessions safe for others', async () => {
    const { statements, close } = createDatabase({
      url: fresh.url,
      applicationName: 'reading',
      maxConnections: 2,
      statementTimeoutMs: 1_500,
      driver,
    })
    try {
      const text = `SELECT current_setting('plan_cache_mode'), current_setting('jit'),
        current_setting('default_transaction_read_only'), current_setting('TimeZone'), current_setting('statement_timeout')`
      const settings = await statements.run({ text, values: [] })
      expect(settings).toEqual(['force_generic_plan', 'off', 'off', 'UTC', '1500ms'])
      expect(await statements.readRows(Prisma.sql`SELECT ${1}::int + 1 AS two`)).toEqual([{ two: 2 }])
    } finally {
      await close()
    }
  })

  test('closes once, however often it is called', async () => {
    const opened = createDatabase({ url: fresh.url, applicationName: 'closing', maxConnections: 1, driver })
    await opened.database.$queryRaw`SELECT 1`
    await Promise.all([opened.close(), opened.close()])
    await opened.close()
  })

  test('round-trips every type of value', async () => {
    const configuration = await database.aiConfiguration.create({
      data: {
        id: newId(),
        provider: 'anthropic',
        model: 'm',
        promptTemplate: 'Zoë’s “naïve” \u{1F54A}\n\ttext',
        temperature: '1.25',
      },
    })
    expect(configuration).toMatchObject({
      provider: 'anthropic',
      maxTokens: 1000,
      promptTemplate: 'Zoë’s “naïve” \u{1F54A}\n\ttext',
      piiDetection: true,
    })
    expect(configuration.temperature.equals(new Prisma.Decimal('1.25'))).toBe(true)

    const job = await database.workerJob.create({
      data: { id: newId(), jobType: 'jitValidate', payload: { a: [1, null, { b: 'é' }], big: 1e15 } },
    })
    expect(await database.workerJob.findUniqueOrThrow({ where: { id: job.id } })).toMatchObject({
      jobType: 'jitValidate',
      status: 'pending',
      payload: { a: [1, null, { b: 'é' }], big: 1e15 },
      result: null,
    })
    const [stored] = await database.$queryRaw<
      { text: string }[]
    >`SELECT "jobType"::text AS text FROM worker_jobs WHERE id = ${job.id}::uuid`
    expect(stored?.text).toBe('jit-validate')

    const token = await database.apiToken.create({
      data: {
        id: newId(),
        userId,
        name: 't',
        prefix: 'chub_x',
        tokenHash: 'a'.repeat(63) + (driver === 'pg' ? '1' : '2'),
        scopes: ['a:read', 'b,"c'],
        expiresAt: new Date('2027-01-01'),
      },
    })
    expect((await database.apiToken.findUniqueOrThrow({ where: { id: token.id } })).scopes).toEqual(['a:read', 'b,"c'])

    const entry = await database.auditLog.create({
      data: { id: newId(), action: 'a', resource: 'r', ipAddress: '2001:db8::1' },
    })
    expect((await database.auditLog.findFirstOrThrow({ where: { id: entry.id } })).ipAddress).toBe('2001:db8::1')

    const [change] = await database.$queryRaw<
      { number: bigint }[]
    >`SELECT append_booking_change(${userId}::uuid, ${newId()}::uuid, 'created') AS number`
    expect(change?.number).toBe(1n)
  })

  test('reads a booking with its relations', async () => {
    const id = await addBooking(database, userId, '2024-05-01T10:00:00Z')
    const form = await database.form.create({
      data: { id: newId(), userId, name: 'Intake', eventTypeId: 1, schema: {} },
    })
    await database.formResponse.create({
      data: { id: newId(), formId: form.id, bookingId: id, encryptedData: 'v1.k.s' },
    })
    expect(
      await database.booking.findUniqueOrThrow({
        where: { id },
        select: {
          owner: { select: { role: true } },
          key: { select: { threadId: true } },
          formResponses: { select: { form: { select: { name: true } } } },
        },
      }),
    ).toEqual({ owner: { role: 'pastor' }, key: { threadId: id }, formResponses: [{ form: { name: 'Intake' } }] })
  })

  test('commits a transaction entirely or not at all', async () => {
    const id = newId()
    await expect(
      database.$transaction(async (tx) => {
        await addBooking(tx, userId, '2024-05-02T10:00:00Z', { id })
        await tx.auditLog.create({ data: { id: newId(), action: 'a', resource: 'r', bookingId: newId() } })
      }),
    ).rejects.toMatchObject({ code: 'P2003' })
    expect(await database.booking.count({ where: { id } })).toBe(0)
    await database.$transaction((tx) => addBooking(tx, userId, '2024-05-02T10:00:00Z', { id }))
    expect(await database.booking.count({ where: { id } })).toBe(1)
  })

  test('refuses a duplicate across partitions with P2002', async () => {
    await addBooking(database, userId, '2024-06-01T10:00:00Z', { calBookingId: 7_000_001 })
    await createMonthPartitions(database, { monthsAhead: 1 })
    await expect(
      addBooking(database, userId, '2024-07-01T10:00:00Z', { calBookingId: 7_000_001 }),
    ).rejects.toMatchObject({ code: 'P2002' })
  })

  test('does not treat undefined as "no filter"', async () => {
    // As it would come from incorrectly typed code; the types alone already reject it.
    const where = { id: undefined } as unknown as Prisma.BookingWhereInput
    await expect(database.booking.findMany({ where })).rejects.toThrow(/undefined/)
  })

  test('cancels a statement that takes too long, and stays usable', async () => {
    await expect(database.$queryRaw`SELECT pg_sleep(10)::text`).rejects.toThrow(/statement timeout/)
    expect(await database.user.count()).toBeGreaterThan(0)
  })

  test('reconnects after the server terminates its sessions', async () => {
    await asSuperuser((client) =>
      client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [
        new URL(fresh.url).pathname.slice(1),
      ]),
    )
    await wait(100)
    expect(await database.user.count()).toBeGreaterThan(0)
  })
})

describe('the choice of a driver', () => {
  test.each([
    ['ep-cool-darkness-123456.us-east-2.aws.neon.tech', true],
    ['ep-cool-darkness-123456-pooler.eu-central-1.aws.neon.tech', true],
    ['localhost', false],
    ['neon.tech.example.org', false],
    ['notneon.tech', false],
  ])('%s is Neon: %s', (host, isNeon) => {
    expect(isNeonHost(host)).toBe(isNeon)
  })

  test('a Neon host is reached through Neon’s driver by default', async () => {
    await using bridge = await startNeonBridge()
    await using fresh = await freshDatabase()
    const url = new URL(fresh.url)
    url.hostname = 'ep-cool-darkness-123456.us-east-2.aws.neon.tech'
    const { database, close } = createDatabase({ url: url.href, applicationName: 'a', maxConnections: 1 })
    expect(await database.user.count()).toBe(0)
    expect(bridge.connections()).toBe(1)
    await close()
  })
})

test('statements are prepared once and reused', async () => {
  await using fresh = await freshDatabase({ maxConnections: 1 })
  for (let round = 0; round < 5; round++)
    await fresh.database.user.findMany({ where: { email: `${round}@example.org` } })
  const [row] = await fresh.database.$queryRaw<{ plans: bigint }[]>`
    SELECT generic_plans + custom_plans AS plans FROM pg_prepared_statements WHERE name LIKE 'churchhub_%' AND statement LIKE 'SELECT "public"."users"%'`
  expect(row?.plans).toBe(5n)
})

test.each([
  ['http://example.org/db', 'is not a PostgreSQL URL'],
  ['nonsense', 'is not a PostgreSQL URL'],
  ['postgresql:///db', 'lacks a host'],
  ['postgresql://user:geheim@example.org', 'lacks a host or a database'],
])('the URL %s is refused in one line that does not repeat it', (url, reason) => {
  const open = () => createDatabase({ url, applicationName: 'a', maxConnections: 1 })
  expect(open).toThrow(reason)
  expect(open).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION', message: expect.not.stringMatching(/geheim|\n/) }),
  )
})
