import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import { pageBothWays } from '../support/paging.ts'
import { addBooking, addFormResponse } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
const at = (day: number) => new Date(Date.UTC(2026, 7, day, 9))

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  const { deps, pastor, otherPastor } = church
  const { database } = deps
  await database.user.updateMany({ data: { lastLoginAt: null } })
  await database.user.update({ where: { id: pastor.userId }, data: { lastLoginAt: at(2) } })
  for (const [day, scheduledFor] of [null, at(9), at(8), null, at(8)].entries()) {
    const status = (['failed', 'completed', 'pending', 'processing', 'failed'] as const)[day] ?? 'pending'
    const jobType = day % 2 === 0 ? 'generateSummary' : 'sendReminder'
    const times = { createdAt: at(1 + (day % 3)), scheduledFor, startedAt: day > 2 ? at(day) : null }
    await database.workerJob.create({
      data: { id: newId(), jobType, status, payload: {}, ...times },
    })
  }
  for (const [index, owner] of [pastor, pastor, otherPastor, pastor, otherPastor].entries()) {
    const bookingId = await addBooking(deps, owner)
    const id = await addFormResponse(deps, owner, bookingId, [])
    const { formId } = await database.formResponse.update({ where: { id }, data: { createdAt: at(5 + (index % 2)) } })
    const name = ['Counsel', 'baptism', 'Counsel', '100% sure', 'Wedding'][index] ?? ''
    await database.form.update({
      where: { id: formId },
      data: { name, eventTypeId: index, isActive: index !== 1, createdAt: at(3) },
    })
    await database.schedulingPolicy.create({
      data: { id: newId(), userId: owner.userId, isActive: index < 1 || index === 2, createdAt: at(4) },
    })
    await database.webhookDelivery.create({
      data: {
        id: newId(),
        digest: String(index).padStart(64, '0'),
        trigger: index === 0 ? 'PING' : 'BOOKING_CREATED',
        outcome: index % 2 === 0 ? 'applied' : 'stale',
        receivedAt: at(6 + (index % 2)),
      },
    })
  }
})
afterAll(() => church.close())

const as = (person: Person) => (list: string) => church.ask(person, list)
const count = async (person: Person, list: string) => {
  const { data, errors } = await church.ask<Record<string, { totalCount: number; nodes: unknown[] }>>(
    person,
    `{ ${list} { totalCount nodes { __typename } } }`,
  )
  expect(errors).toBeUndefined()
  const [page] = Object.values(data ?? {})
  // The count and the list must apply the same filter.
  expect(page?.nodes).toHaveLength(page?.totalCount ?? -1)
  return page?.totalCount
}
const errorOf = async (person: Person | null, list: string) => {
  const { errors } = await church.ask(person, `{ ${list} { totalCount nodes { __typename } } }`)
  return errors?.[0]?.extensions
}

describe('paging in both directions', () => {
  const fields = (names: string) =>
    names
      .split(' ')
      .flatMap((field) => ['ASC', 'DESC'].map((direction) => `orderBy: { field: ${field}, direction: ${direction} }`))
  it.each([
    ['users', 3, ['', ...fields('NAME EMAIL CHURCH_NAME CREATED_AT LAST_LOGIN_AT')]],
    ['workerJobs', 5, ['', ...fields('CREATED_AT SCHEDULED_FOR STARTED_AT COMPLETED_AT')]],
    ['forms', 5, ['', ...fields('NAME CREATED_AT UPDATED_AT')]],
    ['formResponses', 5, ['', 'orderBy: OLDEST_FIRST', 'orderBy: NEWEST_FIRST']],
    ['webhookDeliveries', 5, ['', 'orderBy: OLDEST_FIRST', 'orderBy: NEWEST_FIRST']],
    ['schedulingPolicies', 5, ['']],
  ])('%s: returns all %i rows, each once, in any order', async (field, rows, orders) => {
    for (const order of orders) expect(await pageBothWays(as(church.admin), field, order)).toHaveLength(rows)
  })

  it('excludes another pastor’s rows from every page and count', async () => {
    for (const [field, rows] of [
      ['forms', 3],
      ['formResponses', 3],
      ['schedulingPolicies', 3],
    ] as const) {
      expect(await pageBothWays(as(church.pastor), field)).toHaveLength(rows)
    }
    expect(await pageBothWays(as(church.otherPastor), 'formResponses')).toHaveLength(2)
  })

  it('sorts null times last, in either direction', async () => {
    const times = async (direction: string) => {
      const order = `orderBy: { field: SCHEDULED_FOR, direction: ${direction} }`
      const { data } = await church.ask<{ workerJobs: { nodes: { scheduledFor: string | null }[] } }>(
        church.admin,
        `{ workerJobs(${order}) { nodes { scheduledFor } } }`,
      )
      return data?.workerJobs.nodes.map(({ scheduledFor }) => scheduledFor?.slice(8, 10) ?? null)
    }
    expect(await times('ASC')).toEqual(['08', '08', '09', null, null])
    expect(await times('DESC')).toEqual(['09', '08', '08', null, null])
  })
})

describe('cursors', () => {
  const cursorOf = (id: string) => Buffer.from(`GPC:S:${id}`).toString('base64')

  it.each([
    'users',
    'workerJobs',
    'forms',
    'formResponses',
    'webhookDeliveries',
    'schedulingPolicies',
    'systemSettings',
  ])('of another type, or malformed, are rejected by %s', async (field) => {
    for (const side of ['after', 'before']) {
      const refused = { code: 'BAD_USER_INPUT', field: side }
      expect(await errorOf(church.admin, `${field}(${side}: "${cursorOf(newId())}")`)).toEqual(refused)
      for (const cursor of ['nonsense', '']) {
        const answer = await errorOf(church.admin, `${field}(${side}: "${cursor}")`)
        expect(answer).toMatchObject({ code: 'BAD_USER_INPUT' })
      }
    }
  })

  it('of another pastor’s row are as unknown as those of a nonexistent row', async () => {
    const { database } = church.deps
    const where = { userId: church.otherPastor.userId }
    const theirs = {
      forms: (await database.form.findFirstOrThrow({ where })).id,
      formResponses: (await database.formResponse.findFirstOrThrow({ where: { form: where } })).id,
      schedulingPolicies: (await database.schedulingPolicy.findFirstOrThrow({ where })).id,
    }
    for (const [field, id] of Object.entries(theirs)) {
      const ask = (of: string) => church.ask(church.pastor, `{ ${field}(after: "${cursorOf(of)}") { nodes { id } } }`)
      expect((await ask(id)).text).toBe((await ask(newId())).text)
    }
  })
})

describe('filters', () => {
  const id = (typename: string, of: string) => Buffer.from(`${typename}:${of}`).toString('base64')

  it('narrow users by creation and last activity', async () => {
    expect(await count(church.admin, `users(filter: { lastLoginAt: { from: "2026-08-02T00:00:00Z" } })`)).toBe(1)
    expect(await count(church.admin, `users(filter: { lastLoginAt: { to: "2026-08-02T00:00:00Z" } })`)).toBe(0)
    expect(await count(church.admin, `users(filter: { createdAt: { from: "2000-01-01T00:00:00Z" } })`)).toBe(3)
    expect(await count(church.admin, `users(filter: { createdAt: { to: "2000-01-01T00:00:00Z" } })`)).toBe(0)
    expect(await count(church.admin, `users(filter: { role: [PASTOR], search: "LYDIA" })`)).toBe(1)
  })

  it('narrow jobs by kind, status and time', async () => {
    expect(await count(church.admin, 'workerJobs(filter: { status: [FAILED] })')).toBe(2)
    expect(
      await count(church.admin, 'workerJobs(filter: { status: [FAILED, PENDING], jobType: [GENERATE_SUMMARY] })'),
    ).toBe(3)
    expect(await count(church.admin, 'workerJobs(filter: { status: [] })')).toBe(0)
    expect(
      await count(
        church.admin,
        'workerJobs(filter: { createdAt: { from: "2026-08-02T09:00:00Z", to: "2026-08-03T09:00:00Z" } })',
      ),
    ).toBe(2)
    expect(await count(church.admin, 'workerJobs(filter: { scheduledFor: { from: "2026-08-01T00:00:00Z" } })')).toBe(3)
  })

  it('narrow forms by event type, status, owner and name, and match % literally', async () => {
    expect(await count(church.admin, 'forms(filter: { eventTypeId: [0, 1, 77] })')).toBe(2)
    expect(await count(church.admin, 'forms(filter: { isActive: false })')).toBe(1)
    expect(await count(church.admin, 'forms(filter: { name: "COUNS" })')).toBe(2)
    expect(await count(church.admin, 'forms(filter: { name: "%" })')).toBe(1)
    expect(await count(church.pastor, 'forms(filter: { name: "counsel" })')).toBe(1)
    const theirs = `ownerId: "${id('User', church.otherPastor.userId)}"`
    expect(await count(church.admin, `forms(filter: { ${theirs} })`)).toBe(2)
    expect(await count(church.pastor, `forms(filter: { ${theirs} })`)).toBe(0)
  })

  it('narrow form responses by form, booking and time', async () => {
    const { database } = church.deps
    const one = await database.formResponse.findFirstOrThrow({
      where: { booking: { userId: church.otherPastor.userId } },
    })
    const byForm = `formResponses(filter: { formId: ["${id('Form', one.formId)}"] })`
    const byBooking = `formResponses(filter: { bookingId: ["${id('Booking', one.bookingId)}"] })`
    for (const list of [byForm, byBooking]) {
      expect(await count(church.admin, list)).toBe(1)
      expect(await count(church.pastor, list)).toBe(0)
    }
    expect(await count(church.admin, 'formResponses(filter: { createdAt: { from: "2026-08-06T09:00:00Z" } })')).toBe(2)
  })

  it('narrow policies and deliveries', async () => {
    expect(await count(church.admin, 'schedulingPolicies(filter: { isActive: true })')).toBe(2)
    expect(await count(church.pastor, 'schedulingPolicies(filter: { isActive: true })')).toBe(1)
    expect(
      await count(church.admin, 'webhookDeliveries(filter: { outcome: ["stale"], trigger: ["BOOKING_CREATED"] })'),
    ).toBe(2)
    expect(await count(church.admin, 'webhookDeliveries(filter: { receivedAt: { to: "2026-08-07T00:00:00Z" } })')).toBe(
      3,
    )
  })

  it('accept up to 100 values and texts of up to 200 characters', async () => {
    const refused = (field: string) => ({ code: 'BAD_USER_INPUT', field })
    const many = (of: number, value: string) => `[${Array.from({ length: of }, () => value).join(', ')}]`
    expect(await count(church.admin, `forms(filter: { eventTypeId: ${many(100, '1')} })`)).toBe(1)
    expect(await errorOf(church.admin, `forms(filter: { eventTypeId: ${many(101, '1')} })`)).toEqual(
      refused('filter.eventTypeId'),
    )
    expect(await errorOf(church.admin, `workerJobs(filter: { status: ${many(101, 'FAILED')} })`)).toEqual(
      refused('filter.status'),
    )
    expect(await errorOf(church.admin, `users(filter: { search: "${'x'.repeat(201)}" })`)).toEqual(
      refused('filter.search'),
    )
  })

  it('reject a malformed ID without a database query', async () => {
    const oddId = id('Form', 'odd')
    expect(await errorOf(church.admin, `formResponses(filter: { formId: ["${oddId}"] })`)).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'filter.formId',
    })
    expect(await errorOf(church.admin, `forms(filter: { ownerId: "${id('User', 'odd')}" })`)).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'filter.ownerId',
    })
  })
})

describe('admin-only lists', () => {
  it.each(['users', 'workerJobs', 'webhookDeliveries', 'systemSettings'])(
    '%s: refused to pastors and visitors',
    async (field) => {
      expect(await errorOf(church.pastor, field)).toEqual({ code: 'FORBIDDEN' })
      expect(await errorOf(null, field)).toMatchObject({ code: 'UNAUTHENTICATED' })
    },
  )

  it.each(['forms', 'formResponses', 'schedulingPolicies'])('%s is refused to visitors', async (field) => {
    expect(await errorOf(null, field)).toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})
