import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEventTypeSensitivity } from '../../src/features/forms/active-form.reads.ts'
import { prepareFormResponses } from '../../src/features/forms/form-responses.ts'
import { newId } from '../../src/platform/ids.ts'
import { addBooking, addFormResponse } from '../support/parish.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

const canary = 'canary-answer-wheatear'

let church: RunningChurch
let eventTypeId = 5_000
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const errorOf = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions
const globalId = (typename: string, id: string) => Buffer.from(`${typename}:${id}`).toString('base64')
const formIdOf = (id: string) => globalId('Form', id)

type FormData = Parameters<RunningChurch['deps']['database']['form']['create']>[0]['data']

async function addForm(owner: Person, overrides: Partial<FormData> = {}): Promise<string> {
  const id = newId()
  const schema = { version: 1, fields: [{ slug: 'why', label: 'Why do you come?', type: 'textarea' }] }
  const data = {
    id,
    userId: owner.userId,
    name: 'Counsel',
    eventTypeId: ++eventTypeId,
    schema,
    ...overrides,
  } as FormData
  await church.deps.database.form.create({ data })
  return id
}

const rowOf = (id: string) => church.deps.database.form.findUniqueOrThrow({ where: { id } })
const all = 'id name eventTypeId isActive sensitivity fields { slug label type } owner { name }'
const find = (person: Person | null, id: string) =>
  church.ask(person, `query($id: ID!) { node(id: $id) { ... on Form { ${all} } } }`, { id: formIdOf(id) })
const sensitivityMutation = `mutation($input: SetFormSensitivityInput!) { setFormSensitivity(input: $input) { form { ${all} } } }`
const activeMutation = `mutation($input: SetFormActiveInput!) { setFormActive(input: $input) { form { ${all} } } }`
const setSensitivity = (person: Person | null, id: string, sensitivity: string) =>
  church.ask(person, sensitivityMutation, { input: { id: formIdOf(id), sensitivity } })
const setActive = (person: Person | null, id: string, isActive: boolean) =>
  church.ask(person, activeMutation, { input: { id: formIdOf(id), isActive } })
const entriesAbout = (resourceId: string) =>
  church.deps.database.auditLog.findMany({ where: { resourceId }, orderBy: { id: 'asc' } })

describe('a form', () => {
  it('shows its questions, the sensitivity of its bookings, and its owner', async () => {
    const id = await addForm(church.pastor)
    const expected = {
      id: formIdOf(id),
      sensitivity: 'MEDIUM',
      fields: [{ slug: 'why', label: 'Why do you come?', type: 'textarea' }],
      owner: { name: 'Pastor Paul' },
    }
    for (const person of [church.pastor, church.admin]) {
      expect((await find(person, id)).data).toMatchObject({ node: expected })
    }
    expect(errorOf(await find(church.otherPastor, id))).toMatchObject({ code: 'NOT_FOUND' })
    expect(errorOf(await find(null, id))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('with an unreadable schema has no questions, and the default sensitivity', async () => {
    const id = await addForm(church.pastor, { schema: { version: 9 } })
    expect((await find(church.pastor, id)).data).toMatchObject({ node: { fields: [], sensitivity: 'MEDIUM' } })
  })
})

describe('setFormSensitivity', () => {
  it('sets the sensitivity without changing the questions, and logs it once', async () => {
    const id = await addForm(church.pastor)
    expect((await setSensitivity(church.pastor, id, 'HIGH')).data).toMatchObject({
      setFormSensitivity: { form: { sensitivity: 'HIGH', fields: [{ slug: 'why' }] } },
    })
    await setSensitivity(church.pastor, id, 'HIGH')
    expect((await rowOf(id)).schema).toEqual({
      version: 1,
      sensitivity: 'High',
      fields: [{ slug: 'why', label: 'Why do you come?', type: 'textarea' }],
    })
    expect(await entriesAbout(id)).toMatchObject([
      {
        action: 'form.sensitivity_set',
        resource: 'form',
        userId: church.pastor.userId,
        metadata: { from: 'Medium', to: 'High' },
      },
    ])
  })
})

describe('setFormActive', () => {
  it('deactivates and reactivates a form, and logs it', async () => {
    const id = await addForm(church.pastor)
    expect((await setActive(church.pastor, id, false)).data).toMatchObject({
      setFormActive: { form: { isActive: false } },
    })
    expect((await setActive(church.pastor, id, true)).data).toMatchObject({
      setFormActive: { form: { isActive: true } },
    })
    expect(await entriesAbout(id)).toMatchObject([
      { action: 'form.changed', metadata: { changed: ['isActive'] } },
      { action: 'form.changed' },
    ])
  })

  it('leaves one active form per event type, even with concurrent activations', async () => {
    const ofOneType = { eventTypeId: 77, isActive: false }
    const ids = [await addForm(church.pastor, ofOneType), await addForm(church.pastor, ofOneType)]
    const answers = await Promise.all(ids.map((id) => setActive(church.pastor, id, true)))
    expect(answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions)).toEqual([
      { code: 'CONFLICT', field: 'isActive' },
    ])
    expect(await church.deps.database.form.count({ where: { ...ofOneType, isActive: true } })).toBe(1)
  })
})

describe('an event type whose form is inactive', () => {
  // Fails if only active forms are considered: the next booking came in as Medium.
  it('keeps its sensitivity, which its next form inherits', async () => {
    const { deps, pastor } = church
    const id = await addForm(pastor, { eventTypeId: 88 })
    await setSensitivity(pastor, id, 'HIGH')
    await setActive(pastor, id, false)
    expect(await readEventTypeSensitivity(deps.database, pastor.userId, 88)).toBe('High')
    const bookingId = await addBooking(deps, pastor)
    const asked = [{ slug: 'when', label: 'When?' }]
    const overrides = {
      ownerId: pastor.userId,
      bookingId,
      eventTypeId: 88,
      eventTypeTitle: 'Counsel',
      asked,
      answered: [],
    }
    await deps.database.$transaction((tx) => prepareFormResponses(tx, deps, [overrides]))
    const next = await deps.database.form.findFirstOrThrow({ where: { eventTypeId: 88, isActive: true } })
    expect(next.id).not.toBe(id)
    expect(next.schema).toMatchObject({ sensitivity: 'High', fields: [{ slug: 'when' }] })
    expect(await readEventTypeSensitivity(deps.database, pastor.userId, 88)).toBe('High')
  })
})

describe('changing a form', () => {
  it('is allowed only for its owner: another pastor’s form doesn’t exist, and an admin can only read', async () => {
    const id = await addForm(church.pastor)
    const acts = [
      (person: Person | null, of: string) => setSensitivity(person, of, 'LOW'),
      (person: Person | null, of: string) => setActive(person, of, false),
    ]
    for (const act of acts) {
      const [theirs, missing] = [await act(church.otherPastor, id), await act(church.otherPastor, newId())]
      expect(errorOf(theirs)).toEqual({ code: 'NOT_FOUND' })
      expect(errorOf(missing)).toEqual({ code: 'NOT_FOUND' })
      expect(errorOf(await act(church.admin, id))).toMatchObject({ code: 'FORBIDDEN' })
      expect(errorOf(await act(null, id))).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(errorOf(await act(church.pastor, 'odd'))).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await rowOf(id)).toMatchObject({ isActive: true, schema: { version: 1 } })
    expect(await entriesAbout(id)).toEqual([])
  })

  it('needs forms:write with a token, and reading needs forms:read', async () => {
    const id = await addForm(church.pastor)
    const reader = await addToken(church, church.pastor, ['forms:read'])
    const writer = await addToken(church, church.pastor, ['forms:read', 'forms:write'])
    const other = await addToken(church, church.pastor, ['bookings:read'])
    const list = '{ forms { totalCount nodes { name fields { label } } } }'
    expect((await askWithToken(church, reader, list)).errors).toBeUndefined()
    expect(errorOf(await askWithToken(church, other, list))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['forms:read'],
      missingScopes: [['forms:read']],
    })
    const mutation =
      'mutation($input: SetFormSensitivityInput!) { setFormSensitivity(input: $input) { form { sensitivity } } }'
    const input = { input: { id: formIdOf(id), sensitivity: 'HIGH' } }
    expect(errorOf(await askWithToken(church, reader, mutation, input))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['forms:write'],
      missingScopes: [['forms:write']],
    })
    expect((await askWithToken(church, writer, mutation, input)).data).toEqual({
      setFormSensitivity: { form: { sensitivity: 'HIGH' } },
    })
  })
})

describe('form responses', () => {
  const list = '{ formResponses { totalCount nodes { id answeredCount answers { values } } } }'

  it('are listed for the owner, who opens them on record; an admin can count but not open them', async () => {
    const bookingId = await addBooking(church.deps, church.pastor)
    const id = await addFormResponse(church.deps, church.pastor, bookingId, [
      { slug: 'why', label: 'Why', values: [canary] },
    ])
    const opened = await church.ask(church.pastor, list)
    expect(opened.text).toContain(canary)
    const entries = await entriesAbout(id)
    expect(entries).toMatchObject([{ action: 'form_response.read', userId: church.pastor.userId }])

    const seen = await church.ask(church.admin, list)
    expect(seen.text).not.toContain(canary)
    expect(seen.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    expect((await church.ask(church.otherPastor, list)).data).toEqual({ formResponses: { totalCount: 0, nodes: [] } })
    const reader = await addToken(church, church.pastor, ['forms:read', 'bookings:read'])
    const byToken = await askWithToken(church, reader, list)
    expect(byToken.text).not.toContain(canary)
    expect(byToken.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
