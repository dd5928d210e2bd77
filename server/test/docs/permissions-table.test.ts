import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { scopesOfRole } from '../../src/core/access/role-scopes.ts'
import type { Scope } from '../../src/core/access/scopes.ts'
import { settingKeys } from '../../src/features/settings/registry.model.ts'
import { envSchema } from '../../src/platform/config/env.ts'
import { bookingNumber, signatureOf } from '../support/cal.ts'
import { addPerson } from '../support/parish.ts'
import { type Answer, type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'
import { addToken, type IssuedToken } from '../support/tokens.ts'

/** The table of docs/privacy.md states what is expected; the test tries each cell. */
const columns = ['the owning pastor', 'another pastor', 'an admin', 'an API token', 'the operator'] as const
type Cells = Readonly<Record<(typeof columns)[number], string>>

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/privacy.md'), 'utf8')
const table = page.slice(page.indexOf('## Who can direct what where'), page.indexOf('## What counting tells'))
const [head = [], , ...body] = table
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
const expected: ReadonlyMap<string, Cells> = new Map(
  body.map(([action = '', ...cells]) => [
    action,
    Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) as Cells,
  ]),
)

let church: RunningChurch
beforeAll(async () => {
  const mail = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'hub@church.example' }
  church = await startChurch({ runsJobs: false, variables: mail })
})
afterAll(() => church.close())

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
const localId = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1] ?? ''

/** Data of the owning pastor, created for each cell. */
type Fixture = Readonly<{
  bookingId: string
  formId: string
  configurationId: string
  endpointId: string
  newUserId: string
}>

let count = 0

/** Delivers a booking of the pastor from Cal.com. Returns its ID. */
async function deliver(number: number): Promise<string> {
  const organizer = { id: 1, name: 'Pastor Paul', username: 'pastor-paul', email: 'pastor-paul@church.example' }
  const booking = bookingNumber(number, { pastor: { ...organizer, timeZone: 'Europe/Berlin' } })
  const text = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, text) }
  await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body: text })
  const where = { calBookingUid: booking.uid }
  return (await church.deps.database.booking.findFirstOrThrow({ where, select: { id: true } })).id
}

async function prepare(): Promise<Fixture> {
  const { database, newId } = church.deps
  await database.aiConfiguration.deleteMany()
  await database.systemSetting.deleteMany()
  await database.webhookEndpoint.deleteMany()
  await database.user.updateMany({ where: { id: church.pastor.userId }, data: { calUserId: '1', role: 'pastor' } })
  await checked(0)
  count += 1
  const bookingId = await deliver(count)
  const [formId, configurationId] = [newId(), newId()]
  const schema = { version: 1, sensitivity: 'High', fields: [] }
  await database.form.create({
    data: { id: formId, userId: church.pastor.userId, name: 'F', eventTypeId: count, schema },
  })
  await database.aiConfiguration.create({
    data: {
      id: configurationId,
      userId: church.pastor.userId,
      provider: 'openai',
      model: 'gpt-4o-mini',
      promptTemplate: '{{form}}',
    },
  })
  const { data, text } = await church.ask<{ createWebhookEndpoint: { endpoint: { id: string } } }>(
    church.pastor,
    createEndpoint,
  )
  if (!data) throw new Error(text)
  const { userId: newUserId } = await addPerson(database, 'pastor')
  return { bookingId, formId, configurationId, endpointId: data.createWebhookEndpoint.endpoint.id, newUserId }
}

/** Sets the last password check of every session to this many minutes ago. */
const checked = (minutes: number) =>
  church.deps.database.$executeRaw`UPDATE sessions SET "passwordCheckedAt" = now() - ${minutes} * interval '1 minute'`

const createEndpoint = `mutation { createWebhookEndpoint(input: { name: "W", url: "https://hooks.example.org/",
  document: "subscription { bookingChanged { kind } }" }) { endpoint { id } } }`

type Ask = (document: string, variables?: Record<string, unknown>) => Promise<Answer>
type EventReader = Readonly<{ ask: Ask; headers: Record<string, string> }>

/** One row: how to perform the action, and how to check that it happened. */
type Row = Readonly<{
  /** Setup before the attempt. */
  setUp?: (fixture: Fixture) => Promise<unknown>
  attempt: (reader: EventReader, fixture: Fixture) => Promise<unknown>
  isDone: (fixture: Fixture) => Promise<boolean>
}>

const input = (name: string, fields: string) => `mutation { ${name}(input: { ${fields} }) { __typename } }`
const isSetting = async (key: string) => (await church.deps.database.systemSetting.count({ where: { key } })) > 0
const settingRow = (key: string, value: string): Row => ({
  // Confirmed, because only permission matters here, not how much data is affected.
  attempt: ({ ask }) => ask(input('setSystemSetting', `key: "${key}", value: ${value}, confirmedCount: 100000`)),
  isDone: () => isSetting(key),
})
const userIs = async (id: string, where: object) =>
  (await church.deps.database.user.count({ where: { id, ...where } })) > 0
let lastLog = ''
let invited = 0

const rows: Readonly<Record<string, Row>> = {
  "agree that texts of the pastor's bookings are sent to an AI provider": {
    attempt: async ({ ask }, { configurationId }) => {
      const id = globalId('AiConfiguration', configurationId)
      // The digest that the pastor is shown: even with it nobody else can agree.
      const { data } = await church.ask<{ node: { agreement: { termsDigest: string } } }>(
        church.pastor,
        `{ node(id: "${id}") { ... on AiConfiguration { agreement { termsDigest } } } }`,
      )
      const digest = data?.node.agreement.termsDigest
      return ask(
        input('agreeToAiConfiguration', `id: "${id}", termsDigest: "${digest}", includesHighSensitivity: true`),
      )
    },
    isDone: async ({ configurationId }) =>
      (await church.deps.database.aiConsent.count({ where: { configurationId } })) > 0,
  },
  "change the pastor's own AI configuration": {
    attempt: ({ ask }, { configurationId }) =>
      ask(input('changeAiConfiguration', `id: "${globalId('AiConfiguration', configurationId)}", model: "other"`)),
    isDone: async ({ configurationId: id }) =>
      (await church.deps.database.aiConfiguration.count({ where: { id, model: 'other' } })) > 0,
  },
  "switch off masking in the pastor's own AI configuration": {
    attempt: ({ ask }, { configurationId }) =>
      ask(input('changeAiConfiguration', `id: "${globalId('AiConfiguration', configurationId)}", piiDetection: false`)),
    isDone: async () => (await church.deps.database.aiConfiguration.count({ where: { piiDetection: false } })) > 0,
  },
  'offer an AI configuration to the church': {
    attempt: ({ ask }) =>
      ask(input('createAiConfiguration', 'isForChurch: true, provider: LOCAL, model: "m", promptTemplate: "{{form}}"')),
    isDone: async () => (await church.deps.database.aiConfiguration.count({ where: { userId: null } })) > 0,
  },
  "switch off masking in the church's AI configuration": {
    attempt: ({ ask }) =>
      ask(
        input(
          'createAiConfiguration',
          'isForChurch: true, provider: LOCAL, model: "m", promptTemplate: "{{form}}", piiDetection: false',
        ),
      ),
    isDone: async () => (await church.deps.database.aiConfiguration.count({ where: { userId: null } })) > 0,
  },
  'set the address of an AI provider': settingRow('ai.openai.baseUrl', '"https://elsewhere.example.org/v1"'),
  'set the key of an AI provider': settingRow('ai.openai.apiKey', '"sk-only-for-this-test"'),
  "make a webhook of the pastor's bookings": {
    setUp: () => church.deps.database.webhookEndpoint.deleteMany(),
    attempt: ({ ask }) => ask(createEndpoint.replace('{ endpoint { id } }', '{ __typename }')),
    isDone: async () =>
      (await church.deps.database.webhookEndpoint.count({
        where: { OR: [{ userId: church.pastor.userId }, { followsEverybody: true }] },
      })) > 0,
  },
  "send the pastor's webhook to another URL": {
    attempt: ({ ask }, { endpointId }) =>
      ask(input('changeWebhookEndpoint', `id: "${endpointId}", url: "https://elsewhere.example.org/"`)),
    isDone: async () =>
      (await church.deps.database.webhookEndpoint.count({ where: { address: { contains: 'elsewhere' } } })) > 0,
  },
  "switch the pastor's webhook on again": {
    setUp: () => {
      const disabled = { isActive: false, disabledAt: new Date(), disabledReason: 'requested' }
      return church.deps.database.webhookEndpoint.updateMany({ data: disabled })
    },
    attempt: ({ ask }, { endpointId }) => ask(input('setWebhookEndpointActive', `id: "${endpointId}", isActive: true`)),
    isDone: async ({ endpointId }) =>
      (await church.deps.database.webhookEndpoint.count({ where: { id: localId(endpointId), isActive: true } })) > 0,
  },
  'hand a booking over': {
    attempt: ({ ask }, { bookingId }) =>
      ask(
        `mutation { handOverBooking(input: { bookingId: "${globalId('Booking', bookingId)}",
          toUserId: "${globalId('User', church.otherPastor.userId)}" }) { __typename } }`,
      ),
    isDone: async ({ bookingId: id }) =>
      (await church.deps.database.booking.count({ where: { id, userId: church.otherPastor.userId } })) > 0,
  },
  'make a booking less sensitive': {
    attempt: ({ ask }, { bookingId }) =>
      ask(input('setBookingSensitivity', `bookingId: "${globalId('Booking', bookingId)}", sensitivity: LOW`)),
    isDone: async ({ bookingId: id }) =>
      (await church.deps.database.booking.count({ where: { id, sensitivity: 'Low' } })) > 0,
  },
  'make the next bookings of an event type less sensitive': {
    attempt: ({ ask }, { formId }) =>
      ask(input('setFormSensitivity', `id: "${globalId('Form', formId)}", sensitivity: LOW`)),
    isDone: async ({ formId: id }) =>
      (await church.deps.database.form.count({ where: { id, schema: { path: ['sensitivity'], equals: 'Low' } } })) > 0,
  },
  'change the email address of a pastor with a password': {
    attempt: async ({ ask }) => {
      await ask(input('updateProfile', 'email: "elsewhere@church.example"'))
      return ask(
        input('changeUser', `id: "${globalId('User', church.pastor.userId)}", email: "elsewhere@church.example"`),
      )
    },
    isDone: () => userIs(church.pastor.userId, { email: 'elsewhere@church.example' }),
  },
  'change the Cal.com ID of a pastor with bookings': {
    attempt: async ({ ask }) => {
      await ask(input('updateProfile', 'calUserId: "777"'))
      return ask(input('changeUser', `id: "${globalId('User', church.pastor.userId)}", calUserId: "777"`))
    },
    isDone: () => userIs(church.pastor.userId, { calUserId: '777' }),
  },
  'invite a user, who gets the bookings of a Cal.com name': {
    setUp: async () => {
      invited += 1
    },
    attempt: ({ ask }) =>
      ask(
        input(
          'inviteUser',
          `role: PASTOR, email: "invited-${invited}@church.example", name: "New", churchName: "C", schedulingUsername: "new-${invited}"`,
        ),
      ),
    isDone: async () =>
      (await church.deps.database.user.count({ where: { email: `invited-${invited}@church.example` } })) > 0,
  },
  'give a new user another Cal.com ID': {
    attempt: ({ ask }, { newUserId }) =>
      ask(input('changeUser', `id: "${globalId('User', newUserId)}", calUserId: "new-${newUserId}"`)),
    isDone: ({ newUserId }) => userIs(newUserId, { calUserId: `new-${newUserId}` }),
  },
  'make a user an admin': {
    attempt: ({ ask }, { newUserId }) => ask(input('changeUser', `id: "${globalId('User', newUserId)}", role: ADMIN`)),
    isDone: ({ newUserId }) => userIs(newUserId, { role: 'admin' }),
  },
  "set the secret that signs the pastor's Cal.com webhooks": {
    attempt: ({ ask }) => ask(input('setCalcomWebhookSecret', 'secret: "a secret that only this test has"')),
    isDone: () => isSetting(`calcom.webhookSecret.${church.pastor.userId}`),
  },
  'choose the mail server': {
    attempt: ({ ask }) => ask(input('setSystemSetting', 'key: "mail.smtpUrl", value: "smtp://elsewhere.example.org"')),
    isDone: () => isSetting('mail.smtpUrl'),
  },
  'choose the sender of mails': {
    attempt: ({ ask }) => ask(input('setSystemSetting', 'key: "mail.from", value: "x@elsewhere.example.org"')),
    isDone: () => isSetting('mail.from'),
  },
  "shorten how long the pastor's words are kept": settingRow('answers.retentionDays', '30'),
  'shorten how long the audit log is kept': settingRow('audit.retentionMonths', '1'),
  "download the pastor's part of the audit log": {
    attempt: async ({ headers }, { bookingId: id }) => {
      const { userId } = church.pastor
      await church.deps.database.$executeRaw`
        SELECT record_audit(ARRAY[gen_random_uuid()], ARRAY[${userId}::uuid], ARRAY[${id}::uuid], ARRAY['booking.updated'],
          ARRAY['booking'], ARRAY[${id}], ARRAY[NULL]::text[], ARRAY[NULL]::text[], ARRAY['{}'])::text`
      lastLog = await (await fetch(`${church.url}/audit-log.jsonl`, { headers })).text()
    },
    isDone: async ({ bookingId }) => lastLog.includes(bookingId),
  },
}

const personal = (person: Person): EventReader => ({
  ask: (document, variables) => church.ask(person, document, variables),
  headers: { cookie: person.cookie },
})
const byToken = ({ token }: IssuedToken): EventReader => {
  const headers = { authorization: `Bearer ${token}` }
  return { ask: (document, variables) => church.ask(null, document, variables, headers), headers }
}

/** Whether the action happens, on its own fixture. `minutes`: since the last password check. */
async function isEffective({ setUp, attempt, isDone }: Row, reader: EventReader, minutes = 0): Promise<boolean> {
  const fixture = await prepare()
  await checked(minutes)
  lastLog = ''
  await setUp?.(fixture)
  if (await isDone(fixture)) throw new Error('It had happened before anybody tried.')
  await attempt(reader, fixture)
  return isDone(fixture)
}

async function expectCell(row: Row, cell: string, person: Person): Promise<void> {
  const reader = personal(person)
  const outcomes = [await isEffective(row, reader, 0), await isEffective(row, reader, 11)]
  const expectedOutcomes: Readonly<Record<string, boolean[]>> = {
    yes: [true, true],
    no: [false, false],
    'with password': [true, false],
  }
  expect(outcomes).toEqual(expectedOutcomes[cell])
}

async function expectTokenCell(row: Row, cell: string): Promise<void> {
  const holders = [
    [church.pastor, scopesOfRole('pastor')],
    [church.admin, scopesOfRole('admin')],
  ] as const
  const [, ...named] = /^yes, by `([a-z:-]+)`(?: and `([a-z:-]+)`)?$/.exec(cell) ?? []
  const scopes = named.filter((scope) => scope !== undefined) as Scope[] // a token can be created with only these
  const outcomes = { all: false, without: false, only: false }
  for (const [person, all] of holders) {
    const allowed: readonly Scope[] = all.filter((each) => each !== 'count-only')
    outcomes.all ||= await isEffective(row, byToken(await addToken(church, person, allowed)))
    for (const missing of scopes.length === 0 ? [undefined] : scopes) {
      const others = allowed.filter((each) => each !== missing)
      outcomes.without ||= await isEffective(row, byToken(await addToken(church, person, others)))
    }
    if (scopes.length > 0 && scopes.every((scope) => allowed.includes(scope))) {
      outcomes.only ||= await isEffective(row, byToken(await addToken(church, person, scopes)))
    }
  }
  const isAllowed = scopes.length > 0
  expect(cell).toMatch(/^(no|yes, by `[a-z:-]+`( and `[a-z:-]+`)?)$/)
  expect(outcomes).toEqual({ all: isAllowed, without: false, only: isAllowed })
}

describe('who can direct what where', () => {
  it('is a table in docs/privacy.md, and every row of it is tested here', () => {
    expect(head).toEqual(['what', ...columns])
    expect([...expected.keys()]).toEqual(Object.keys(rows))
  })

  describe.each(Object.entries(rows))('%s', (action, row) => {
    const cells = expected.get(action)
    it('by the owning pastor', () => expectCell(row, cells?.['the owning pastor'] ?? '', church.pastor), 60_000)
    it('by another pastor', () => expectCell(row, cells?.['another pastor'] ?? '', church.otherPastor), 60_000)
    it('by an admin', () => expectCell(row, cells?.['an admin'] ?? '', church.admin), 60_000)
    it('by an API token', () => expectTokenCell(row, cells?.['an API token'] ?? ''), 120_000)
    it('by the operator', () => {
      const [, variable] = /^`([A-Z_]+)`$/.exec(cells?.['the operator'] ?? '') ?? []
      if (variable === undefined) return expect(cells?.['the operator']).toBe('no')
      // An environment variable, and no setting that can change at run time.
      expect(Object.keys(envSchema.shape)).toContain(variable)
      expect(settingKeys.filter((key) => key.toUpperCase().replaceAll('.', '_').includes(variable))).toEqual([])
    })
  })
})
