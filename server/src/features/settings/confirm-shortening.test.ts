import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addBooking, addSummary } from '../../../test/support/parish.ts'
import { type Answer, type RunningChurch, startChurch } from '../../../test/support/running-church.ts'
import { addToken, askWithToken } from '../../../test/support/tokens.ts'
import { purgeSensitive } from '../maintenance/purge-sensitive.ts'

const dayMs = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs)

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
beforeEach(async () => {
  const { database } = church.deps
  await database.systemSetting.deleteMany()
  await database.contextSummary.deleteMany()
  await database.aiConfiguration.deleteMany()
})
afterAll(() => church.close())

const meeting = (endTime: Date) => ({ startTime: new Date(endTime.getTime() - 2_700_000), endTime })
const set = (key: string, value: number, confirmedCount?: number) =>
  church.ask(
    church.admin,
    'mutation($input: SetSystemSettingInput!) { setSystemSetting(input: $input) { systemSetting { value } } }',
    { input: { key, value, ...(confirmedCount !== undefined && { confirmedCount }) } },
  )
const deleteSetting = (key: string, confirmedCount?: number) =>
  church.ask(
    church.admin,
    'mutation($input: DeleteSystemSettingInput!) { deleteSystemSetting(input: $input) { systemSetting { value } } }',
    { input: { key, ...(confirmedCount !== undefined && { confirmedCount }) } },
  )
const preview = async (key: string, value: number | null) => {
  const query =
    'query($key: String!, $value: Int) { retentionPreview(key: $key, value: $value) { total bookings deliveries summaries auditMonths } }'
  return (await church.ask<{ retentionPreview: object }>(church.admin, query, { key, value })).data?.retentionPreview
}
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions
const valueOfSetting = async (key: string) =>
  (await church.deps.database.systemSetting.findUnique({ where: { key } }))?.value ?? null
const lastEntry = async (action: string) =>
  (await church.deps.database.auditLog.findFirst({ where: { action }, orderBy: { createdAt: 'desc' } }))?.metadata

async function summaryFor(days: number, expiresAt: Date): Promise<string> {
  const bookingId = await addBooking(church.deps, church.pastor, { columns: meeting(daysAgo(days)) })
  const id = await addSummary(church.deps, church.pastor, bookingId, 'A brief.')
  await church.deps.database.contextSummary.updateMany({ where: { id }, data: { expiresAt, createdAt: daysAgo(days) } })
  return id
}
const expiryOf = async (id: string) =>
  (await church.deps.database.contextSummary.findFirstOrThrow({ where: { id } })).expiresAt

describe('a shorter retention', () => {
  it('reports how many bookings it affects, changes nothing until confirmed, and then affects them', async () => {
    await addBooking(church.deps, church.pastor, { columns: meeting(daysAgo(100)) })
    await addBooking(church.deps, church.pastor, { columns: meeting(daysAgo(50)), intake: null })
    await addBooking(church.deps, church.pastor, { columns: meeting(daysAgo(10)) })
    const affected = { bookings: 2, deliveries: 0, summaries: 0, auditMonths: 0 }
    expect(await preview('people.retentionDays', 30)).toEqual({ total: 2, ...affected })
    expect(await preview('answers.retentionDays', 30)).toEqual({ total: 2, ...affected })
    expect(await preview('people.retentionDays', 400)).toEqual({ total: 0, ...affected, bookings: 0 })
    for (const confirmed of [undefined, 0, 1]) {
      const refused = await set('people.retentionDays', 30, confirmed)
      expect(errorOf(refused)).toEqual({ code: 'CONFIRMATION_REQUIRED', affectedCount: 2, affected })
      expect(await valueOfSetting('people.retentionDays')).toBeNull()
    }
    expect((await set('people.retentionDays', 30, 2)).errors).toBeUndefined()
    expect(await lastEntry('settings.changed')).toEqual({ key: 'people.retentionDays', affected: 2 })
    expect(await purgeSensitive(church.deps)).toMatchObject({ bookings: 2 })
    // Nothing is affected anymore, and a longer period needs no confirmation.
    expect((await set('people.retentionDays', 29)).errors).toBeUndefined()
    expect((await set('people.retentionDays', 365)).errors).toBeUndefined()
    await purgeAll()
  })

  it('affects existing summaries, including those it does not delete yet', async () => {
    const soon = await summaryFor(40, daysAgo(-50))
    const later = await summaryFor(5, daysAgo(-85))
    const earlier = await summaryFor(5, daysAgo(-3))
    expect(errorOf(await set('summaries.retentionDays', 30))).toMatchObject({ affectedCount: 2 })
    expect(await expiryOf(later)).toEqual(expect.any(Date))
    expect((await set('summaries.retentionDays', 30, 2)).errors).toBeUndefined()
    expect((await expiryOf(soon))?.getTime()).toBeLessThan(Date.now())
    const days = ((await expiryOf(later))?.getTime() ?? 0) - Date.now()
    expect(Math.round(days / dayMs)).toBe(25)
    expect(Math.round((((await expiryOf(earlier))?.getTime() ?? 0) - Date.now()) / dayMs)).toBe(3)
    expect(await purgeSensitive(church.deps)).toMatchObject({ summaries: 1 })
    // A longer period restores nothing.
    await set('summaries.retentionDays', 300)
    expect(Math.round((((await expiryOf(later))?.getTime() ?? 0) - Date.now()) / dayMs)).toBe(25)
  })

  it('by unsetting a longer one needs the same confirmation', async () => {
    await set('summaries.retentionDays', 3_000)
    await summaryFor(5, daysAgo(-2_995))
    expect(errorOf(await deleteSetting('summaries.retentionDays'))).toMatchObject({ affectedCount: 1 })
    expect(await valueOfSetting('summaries.retentionDays')).toBe(3_000)
    expect((await deleteSetting('summaries.retentionDays', 1)).errors).toBeUndefined()
  })

  it('of deliveries and of the log reports the number too', async () => {
    const { database } = church.deps
    await database.webhookDelivery.create({
      data: {
        id: crypto.randomUUID(),
        digest: 'd'.repeat(64),
        trigger: 'PING',
        outcome: 'ping',
        receivedAt: daysAgo(60),
      },
    })
    expect(errorOf(await set('deliveries.retentionDays', 30))).toMatchObject({ affected: { deliveries: 1 } })
    await database.$executeRaw`
      INSERT INTO audit_logs (id, action, resource, "createdAt") VALUES (gen_random_uuid(), 'x', 'x', now() - interval '400 days')`
    await database.$executeRaw`SELECT make_partitions(0)`
    expect(errorOf(await set('audit.retentionMonths', 6))).toMatchObject({ affected: { auditMonths: 1 } })
    expect(await valueOfSetting('audit.retentionMonths')).toBeNull()
  })

  it('of an AI configuration reports the number of summaries in its scope', async () => {
    const id = await summaryFor(5, daysAgo(-85))
    const createConfiguration = (input: object) =>
      church.ask<{ createAiConfiguration: { aiConfiguration: { id: string } } }>(
        church.pastor,
        'mutation($input: CreateAiConfigurationInput!) { createAiConfiguration(input: $input) { aiConfiguration { id } } }',
        { input: { isForChurch: false, provider: 'LOCAL', model: 'llama3.2', promptTemplate: '{{form}}', ...input } },
      )
    expect(errorOf(await createConfiguration({ retentionDays: 10 }))).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      affected: { summaries: 1 },
    })
    const created = await createConfiguration({ retentionDays: 3_000 })
    expect(created.errors).toBeUndefined()
    const change = (input: object) =>
      church.ask(
        church.pastor,
        'mutation($input: ChangeAiConfigurationInput!) { changeAiConfiguration(input: $input) { aiConfiguration { id } } }',
        { input: { id: created.data?.createAiConfiguration.aiConfiguration.id, ...input } },
      )
    expect(errorOf(await change({ retentionDays: 20 }))).toMatchObject({ affectedCount: 1 })
    expect((await change({ retentionDays: 20, confirmedCount: 1 })).errors).toBeUndefined()
    expect(Math.round((((await expiryOf(id))?.getTime() ?? 0) - Date.now()) / dayMs)).toBe(15)
    expect(await lastEntry('ai_configuration.changed')).toEqual({ changed: ['retentionDays'], affected: 1 })
  })
})

it('the number is hidden from tokens that can’t read bookings, and so is whether there are any', async () => {
  const apiToken = await addToken(church, church.admin, ['settings:read', 'settings:write', 'count-only'])
  const shorten =
    'mutation { setSystemSetting(input: { key: "people.retentionDays", value: 20 }) { systemSetting { value } } }'
  const preview = '{ retentionPreview(key: "people.retentionDays", value: 20) { total } }'
  const [before] = [await askWithToken(church, apiToken, shorten)]
  expect(errorOf(before)).toEqual({ code: 'FORBIDDEN', missingScope: ['bookings:read'] })
  await addBooking(church.deps, church.pastor, { columns: meeting(daysAgo(25)) })
  expect(errorOf(await askWithToken(church, apiToken, shorten))).toEqual(errorOf(before))
  expect(errorOf(await askWithToken(church, apiToken, preview))).toMatchObject({ code: 'FORBIDDEN' })
  expect(errorOf(await church.ask(church.pastor, preview))).toMatchObject({ code: 'FORBIDDEN' })
  expect(errorOf(await church.ask(church.admin, preview.replace('people', 'church')))).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'key',
  })
})

async function purgeAll(): Promise<void> {
  await set('people.retentionDays', 1, 1_000)
  await purgeSensitive(church.deps)
}
