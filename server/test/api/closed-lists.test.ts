import { getNamedType, isEnumType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditActions } from '../../src/core/audit/actions.ts'
import { deliveryOutcomes, shownTriggers } from '../../src/features/bookings/write/delivery.model.ts'
import { newId } from '../../src/platform/ids.ts'
import { schema } from '../../src/schema.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  for (const [outcome, trigger] of [
    ['stale', 'BOOKING_CREATED'],
    ['ignored', 'OOO_CREATED'],
    ['ignored', 'UNKNOWN'],
  ] as const) {
    await church.deps.database.webhookDelivery.create({
      data: { id: newId(), digest: newId().replaceAll('-', '').padEnd(64, '0'), trigger, outcome },
    })
  }
})
afterAll(() => church.close())

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { data, errors } = await church.ask<Record<string, { totalCount: number; nodes: unknown[] }>>(
    church.admin,
    query,
    variables,
  )
  return { ...Object.values(data ?? {})[0], error: errors?.[0]?.extensions }
}

describe.each([
  ['AuditAction', Object.keys(auditActions)],
  ['WebhookDeliveryOutcome', Object.keys(deliveryOutcomes)],
  ['WebhookDeliveryTrigger', shownTriggers],
])('the enum %s', (name, stored) => {
  it('has a described value for each one in the database', () => {
    const type = getNamedType(schema.getType(name))
    const values = isEnumType(type) ? type.getValues() : []
    expect(values.map(({ value }) => value).sort()).toEqual([...stored].sort())
    expect(values.map((value) => value.name)).toEqual(
      values.map(({ value }) => value.replaceAll('.', '_').toUpperCase()),
    )
    expect(values.filter(({ description }) => !description)).toEqual([])
  })
})

describe('the audit log', () => {
  const log = (filter: string) => ask(`{ auditLogs(filter: { ${filter} }) { totalCount nodes { action actionType } } }`)

  it('has an enum beside each text, in its entries and filters', async () => {
    const signedIn = { action: 'session.signed_in', actionType: 'SESSION_SIGNED_IN' }
    for (const filter of [
      'actionType: [SESSION_SIGNED_IN]',
      'action: ["session.signed_in"]',
      'action: ["session.signed_in", "user.created"], actionType: [SESSION_SIGNED_IN, SUMMARY_READ]',
    ]) {
      expect(await log(filter)).toMatchObject({ totalCount: 3, nodes: [signedIn, signedIn, signedIn] })
    }
    expect(await log('action: ["user.created"], actionType: [SESSION_SIGNED_IN]')).toMatchObject({ totalCount: 0 })
  })

  it('refuses a text that is no action, instead of finding nothing', async () => {
    for (const action of ['SUMMARY_READ', 'summary.reed', '']) {
      const { error } = await log(`action: ["session.signed_in", "${action}"]`)
      expect(error).toEqual({ code: 'BAD_USER_INPUT', field: 'filter.action' })
    }
    expect((await log('actionType: [SUMMARY_REED]')).error?.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })

  it('answers null for an action of a newer version', async () => {
    const { database } = church.deps
    await database.$executeRaw`INSERT INTO audit_logs (id, action, resource, metadata)
      VALUES (${newId()}::uuid, 'summary.sung', 'context_summary', '{}')`
    const { nodes } = await ask('{ auditLogs(first: 1) { nodes { action actionType } } }')
    expect(nodes).toEqual([{ action: 'summary.sung', actionType: null }])
  })

  it('is downloaded by either name, and an unknown one is refused', async () => {
    const { token } = await addToken(church, church.admin, ['audit:read'])
    const download = (action: string) =>
      fetch(`${church.url}/audit-log.jsonl?action=${action}`, { headers: { authorization: `Bearer ${token}` } })
    for (const action of ['session.signed_in', 'SESSION_SIGNED_IN']) {
      const response = await download(action)
      expect([response.status, response.headers.get('x-audit-log-rows')]).toEqual([200, '3'])
      await response.text()
    }
    const refused = await download('session.sung')
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { field: 'action' } }] },
    ])
  })
})

describe('deliveries from Cal.com', () => {
  const deliveries = (filter: string) =>
    ask(`{ webhookDeliveries(filter: { ${filter} }) { totalCount nodes { outcome outcomeType trigger triggerType } } }`)

  it('have an enum beside each text, in their fields and filters', async () => {
    const stale = { outcome: 'stale', outcomeType: 'STALE', trigger: 'BOOKING_CREATED', triggerType: 'BOOKING_CREATED' }
    for (const filter of [
      'outcomeType: [STALE]',
      'triggerType: [BOOKING_CREATED]',
      'outcome: ["stale"], outcomeType: [STALE, APPLIED]',
    ]) {
      expect(await deliveries(filter)).toMatchObject({ totalCount: 1, nodes: [stale] })
    }
    expect(await deliveries('outcome: ["stale"], outcomeType: [APPLIED]')).toMatchObject({ totalCount: 0 })
    expect(await deliveries('outcomeType: [IGNORED], triggerType: [UNKNOWN]')).toMatchObject({ totalCount: 1 })
  })

  it('refuse a text that none has', async () => {
    expect((await deliveries('outcome: ["STALE"]')).error).toEqual({ code: 'BAD_USER_INPUT', field: 'filter.outcome' })
    expect((await deliveries('trigger: ["booking.created"]')).error).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'filter.trigger',
    })
  })

  it('are the same for a token', async () => {
    const token = await addToken(church, church.admin, ['webhooks:read'])
    const { data } = await askWithToken(
      church,
      token,
      '{ webhookDeliveries(filter: { outcomeType: [STALE] }) { totalCount } }',
    )
    expect(data).toEqual({ webhookDeliveries: { totalCount: 1 } })
  })
})
