import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterEach(() => church.deps.database.schedulingPolicy.deleteMany())
afterAll(() => church.close())

const all = `id maxMeetingsPerDay maxMeetingsPerWeek bufferTimeMinutes isActive
  quietHours { start end timezone enabled } workingHours { start end timezone days enabled } owner { id }`
const createMutation = `mutation($input: CreateSchedulingPolicyInput!) {
  createSchedulingPolicy(input: $input) { schedulingPolicy { ${all} } } }`
const changeMutation = `mutation($input: ChangeSchedulingPolicyInput!) {
  changeSchedulingPolicy(input: $input) { schedulingPolicy { ${all} } } }`
const deleteMutation = 'mutation($id: ID!) { deleteSchedulingPolicy(input: { id: $id }) { deletedId } }'

type Policy = { id: string; isActive: boolean }
type Input = Record<string, unknown>
const create = (person: Person | null, input: Input = {}) =>
  church.ask<{ createSchedulingPolicy: { schedulingPolicy: Policy } }>(person, createMutation, { input })
const change = (person: Person | null, id: string, input: Input) =>
  church.ask<{ changeSchedulingPolicy: { schedulingPolicy: Policy } }>(person, changeMutation, {
    input: { id, ...input },
  })
const remove = (person: Person | null, id: string) => church.ask(person, deleteMutation, { id })
const find = (person: Person | null, id: string) =>
  church.ask(person, `query($id: ID!) { node(id: $id) { ... on SchedulingPolicy { ${all} } } }`, { id })
const errorOf = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions
const createPolicy = async (input: Input = {}, person = church.pastor) => {
  const { data, text } = await create(person, input)
  if (!data) throw new Error(text)
  return data.createSchedulingPolicy.schedulingPolicy.id
}
const globalId = (id: string) => Buffer.from(`SchedulingPolicy:${id}`).toString('base64')
const rowId = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
const entriesAbout = (id: string) =>
  church.deps.database.auditLog.findMany({ where: { resourceId: rowId(id) }, orderBy: { id: 'asc' } })

const quietHours = { start: '22:00', end: '07:30', timezone: 'America/New_York', enabled: true }
const workingHours = {
  start: '09:00',
  end: '17:00',
  timezone: 'Europe/Berlin',
  days: ['FRIDAY', 'MONDAY'],
  enabled: true,
}

describe('creating a policy', () => {
  it('applies the defaults of docs/schema.md', async () => {
    expect((await create(church.pastor)).data?.createSchedulingPolicy.schedulingPolicy).toMatchObject({
      maxMeetingsPerDay: 8,
      maxMeetingsPerWeek: 40,
      bufferTimeMinutes: 15,
      isActive: true,
      quietHours: null,
      workingHours: null,
      owner: { id: Buffer.from(`User:${church.pastor.userId}`).toString('base64') },
    })
  })

  it('stores hours in the format of docs/schema.md, with the days in week order', async () => {
    const { data } = await create(church.pastor, { quietHours, workingHours, maxMeetingsPerDay: 0 })
    expect(data?.createSchedulingPolicy.schedulingPolicy).toMatchObject({
      maxMeetingsPerDay: 0,
      quietHours,
      workingHours: { ...workingHours, days: ['MONDAY', 'FRIDAY'] },
    })
    const row = await church.deps.database.schedulingPolicy.findFirstOrThrow()
    expect(row).toMatchObject({
      quietHours: { start: '22:00', end: '07:30', timezone: 'America/New_York', enabled: true },
      workingHours: {
        start: '09:00',
        end: '17:00',
        timezone: 'Europe/Berlin',
        days: ['monday', 'friday'],
        enabled: true,
      },
    })
  })

  it.each([
    ['maxMeetingsPerDay', { maxMeetingsPerDay: 101 }],
    ['maxMeetingsPerDay', { maxMeetingsPerDay: -1 }],
    ['maxMeetingsPerWeek', { maxMeetingsPerWeek: 501 }],
    ['bufferTimeMinutes', { bufferTimeMinutes: 481 }],
    ['quietHours.start', { quietHours: { ...quietHours, start: '24:00' } }],
    ['quietHours.start', { quietHours: { ...quietHours, start: '9:00' } }],
    ['quietHours.end', { quietHours: { ...quietHours, end: '22:00' } }],
    ['quietHours.timezone', { quietHours: { ...quietHours, timezone: 'Mars/Olympus' } }],
    ['quietHours.timezone', { quietHours: { ...quietHours, timezone: '+01:00' } }],
    ['workingHours.end', { workingHours: { ...workingHours, end: '08:00' } }],
    ['workingHours.days', { workingHours: { ...workingHours, days: [] } }],
  ])('rejects invalid input on its field: %s', async (field, input) => {
    expect(errorOf(await create(church.pastor, input))).toEqual({ code: 'BAD_USER_INPUT', field })
    expect(await church.deps.database.schedulingPolicy.count()).toBe(0)
  })

  it('leaves one active, even with two concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(church.pastor)))
    expect(answers.filter(({ data }) => data)).toHaveLength(1)
    for (const answer of answers.filter(({ errors }) => errors)) {
      expect(errorOf(answer)).toEqual({ code: 'CONFLICT', field: 'isActive' })
    }
    expect((await create(church.pastor, { isActive: false })).errors).toBeUndefined()
    expect((await create(church.otherPastor)).errors).toBeUndefined()
  })

  it('needs a pastor', async () => {
    expect(errorOf(await create(church.admin))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await create(null))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

describe('changing a policy', () => {
  it('updates the given fields, removes hours with null, and logs the changed fields', async () => {
    const id = await createPolicy({ quietHours, workingHours })
    const { data } = await change(church.pastor, id, { maxMeetingsPerDay: 3, quietHours: null, isActive: null })
    expect(data?.changeSchedulingPolicy.schedulingPolicy).toMatchObject({
      maxMeetingsPerDay: 3,
      maxMeetingsPerWeek: 40,
      quietHours: null,
      workingHours: { start: '09:00' },
      isActive: true,
    })
    await change(church.pastor, id, { maxMeetingsPerDay: 3 })
    expect(await entriesAbout(id)).toMatchObject([
      { action: 'policy.created', resource: 'scheduling_policy', userId: church.pastor.userId },
      { action: 'policy.changed', metadata: { changed: expect.arrayContaining(['maxMeetingsPerDay', 'quietHours']) } },
    ])
  })

  it('can’t activate a second one, in any order of concurrent requests', async () => {
    const ids = [await createPolicy(), await createPolicy({ isActive: false }), await createPolicy({ isActive: false })]
    expect(errorOf(await change(church.pastor, ids[1] ?? '', { isActive: true }))).toMatchObject({ code: 'CONFLICT' })
    await change(church.pastor, ids[0] ?? '', { isActive: false })
    const answers = await Promise.all(ids.map((id) => change(church.pastor, id, { isActive: true })))
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1)
    expect(answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code)).toEqual([
      'CONFLICT',
      'CONFLICT',
    ])
  })

  it('rejects invalid input on its field', async () => {
    const id = await createPolicy()
    const refused = await change(church.pastor, id, { workingHours: { ...workingHours, start: '25:00' } })
    expect(errorOf(refused)).toEqual({ code: 'BAD_USER_INPUT', field: 'workingHours.start' })
  })
})

describe('deleting a policy', () => {
  it('removes it, and is logged', async () => {
    const id = await createPolicy()
    expect((await remove(church.pastor, id)).data).toEqual({ deleteSchedulingPolicy: { deletedId: id } })
    expect(errorOf(await remove(church.pastor, id))).toMatchObject({ code: 'NOT_FOUND' })
    expect((await entriesAbout(id)).at(-1)).toMatchObject({ action: 'policy.deleted' })
  })
})

describe('a policy', () => {
  it('of another pastor doesn’t exist, byte for byte, for any operation', async () => {
    const theirs = await createPolicy({}, church.otherPastor)
    const unknownId = globalId(newId())
    for (const act of [find, remove, (person: Person, id: string) => change(person, id, { maxMeetingsPerDay: 1 })]) {
      const [one, missing] = [await act(church.pastor, theirs), await act(church.pastor, unknownId)]
      expect(errorOf(one)).toMatchObject({ code: 'NOT_FOUND' })
      expect(errorOf(one)).toEqual(errorOf(missing))
      expect(one.errors?.[0]?.message).toBe(missing.errors?.[0]?.message)
    }
    expect(await church.deps.database.schedulingPolicy.count()).toBe(1)
  })

  it('is read but not changed by an admin', async () => {
    const id = await createPolicy()
    expect((await find(church.admin, id)).data).toMatchObject({ node: { maxMeetingsPerDay: 8 } })
    expect(errorOf(await change(church.admin, id, { maxMeetingsPerDay: 1 }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await remove(church.admin, id))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await remove(church.admin, globalId(newId())))).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('doesn’t exist for a visitor', async () => {
    const id = await createPolicy()
    for (const act of [find, remove]) expect(errorOf(await act(null, id))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is read with policies:read and changed with policies:write by a token', async () => {
    const id = await createPolicy()
    const reader = await addToken(church, church.pastor, ['policies:read'])
    const writer = await addToken(church, church.pastor, ['policies:read', 'policies:write'])
    const other = await addToken(church, church.pastor, ['forms:read'])
    const list = '{ schedulingPolicies { totalCount nodes { id } } }'
    expect((await askWithToken(church, reader, list)).data).toMatchObject({ schedulingPolicies: { totalCount: 1 } })
    expect(errorOf(await askWithToken(church, other, list))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['policies:read'],
      missingScopes: [['policies:read']],
    })
    const mutation =
      'mutation($input: ChangeSchedulingPolicyInput!) { changeSchedulingPolicy(input: $input) { schedulingPolicy { maxMeetingsPerDay } } }'
    const input = { input: { id, maxMeetingsPerDay: 5 } }
    expect(errorOf(await askWithToken(church, reader, mutation, input))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['policies:write'],
      missingScopes: [['policies:write']],
    })
    expect((await askWithToken(church, writer, mutation, input)).data).toMatchObject({
      changeSchedulingPolicy: { schedulingPolicy: { maxMeetingsPerDay: 5 } },
    })
    const otherToken = await addToken(church, church.otherPastor, ['policies:read', 'policies:write'])
    expect(errorOf(await askWithToken(church, otherToken, mutation, input))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the database', () => {
  const row = () => ({ id: newId(), userId: church.pastor.userId })
  const insert = (columns: Record<string, unknown>) =>
    church.deps.database.schedulingPolicy.create({ data: { ...row(), ...columns } as ReturnType<typeof row> })

  it('allows one active policy per pastor, whoever writes it', async () => {
    await insert({})
    await insert({ isActive: false })
    await expect(insert({})).rejects.toThrow(/userId|idx_scheduling_policies_active_user_id/)
  })

  it.each([
    { maxMeetingsPerDay: 101 },
    { maxMeetingsPerWeek: -1 },
    { bufferTimeMinutes: 481 },
    { quietHours: {} },
    { quietHours: { start: '22:00' } },
    { quietHours: { ...quietHours, start: '7:00' } },
    { quietHours: { ...quietHours, enabled: 'yes' } },
    { quietHours: [] },
    { workingHours: quietHours },
    { workingHours: { ...workingHours, days: ['sabbath'] } },
    { workingHours: { ...workingHours, days: [] } },
    { workingHours: { ...workingHours, days: ['monday'], start: '18:00' } },
  ])('refuses %j', async (columns) => {
    await expect(insert(columns)).rejects.toThrow(/scheduling_policies_\w+_check/)
  })
})
