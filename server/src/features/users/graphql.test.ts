import { type GraphQLSchema, graphql } from 'graphql'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson, createTestAccess, testOrigin } from '../../../test/support/parish.ts'
import { createPasswords } from '../../core/access/passwords.ts'
import type { PersonViewer } from '../../core/access/viewer.ts'
import type { Context } from '../../graphql/auth/context.ts'
import { builder } from '../../graphql/schema/builder.ts'
import { systemClock } from '../../platform/clock.ts'
import { createSemaphore } from '../../platform/concurrency/semaphore.ts'
import './graphql.ts'
import { createPeopleNotes } from '../../core/audit/read/people-read.ts'

const PASSWORD = 'correct horse battery'
const passwords = createPasswords(createSemaphore({ maxConcurrent: 2, maxQueued: 64 }))

let fresh: FreshDatabase
let schema: GraphQLSchema
let cookies: string[]
let pastor: PersonViewer
let colleague: PersonViewer
let admin: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  // A schema needs a subscription type; subscriptions are tested elsewhere.
  builder.subscriptionField('nothing', (t) =>
    t.boolean({ authScopes: { signedIn: true }, subscribe: async function* () {}, resolve: () => true }),
  )
  schema = builder.toSchema()
  pastor = await addPerson(fresh.database, 'pastor')
  colleague = await addPerson(fresh.database, 'pastor')
  admin = await addPerson(fresh.database, 'admin')
  await fresh.database.userCredential.create({
    data: { userId: pastor.userId, passwordHash: await passwords.hash(PASSWORD) },
  })
})
afterAll(() => fresh.close())
beforeEach(() => {
  cookies = []
})

function contextOf(viewer: PersonViewer | null): Context {
  const { database } = fresh
  const deps = { ...createTestAccess(database), database, passwords, clock: systemClock } as Context['deps'] // all that these operations need
  const operations = {} as Context['operations'] // no field of these operations reads it
  const setCookie = (cookie: string) => void cookies.push(cookie)
  return { deps, viewer, origin: testOrigin, operations, setCookie, memo: new Map(), people: createPeopleNotes() }
}

async function ask(viewer: PersonViewer | null, source: string, variableValues: Record<string, unknown> = {}) {
  const result = await graphql({ schema, source, variableValues, contextValue: contextOf(viewer) })
  return { data: result.data, codes: result.errors?.map((error) => codeOf(error.originalError ?? error)) }
}

const codeOf = (error: Error) => ('code' in error ? error.code : error.message)
const globalId = (viewer: PersonViewer) => Buffer.from(`User:${viewer.userId}`).toString('base64')
const emailOf = (viewer: PersonViewer) => `${viewer.userId}@church.example`
const account = 'id name email lastLoginAt role isActive'

test('the viewer is null when signed out, and shows one’s whole account when signed in', async () => {
  expect(await ask(null, '{ viewer { name } }')).toEqual({ data: { viewer: null }, codes: undefined })
  const { data } = await ask(pastor, `{ viewer { ${account} } }`)
  expect(data).toMatchObject({
    viewer: { id: globalId(pastor), email: emailOf(pastor), role: 'PASTOR', isActive: true },
  })
})

test('users can fetch themselves by ID, admins anyone, and others nobody', async () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on User { ${account} } } }`
  expect(await ask(pastor, query, { id: globalId(pastor) })).toMatchObject({
    data: { node: { email: emailOf(pastor) } },
  })
  expect(await ask(admin, query, { id: globalId(pastor) })).toMatchObject({
    data: { node: { email: emailOf(pastor) } },
  })
  const another = await ask(colleague, query, { id: globalId(pastor) })
  const unknown = await ask(colleague, query, { id: Buffer.from(`User:${crypto.randomUUID()}`).toString('base64') })
  expect(another.codes).toEqual(['NOT_FOUND'])
  expect(unknown).toEqual(another)
  expect((await ask(null, query, { id: globalId(pastor) })).codes).toEqual(['UNAUTHENTICATED'])
})

const sessionsOf = (viewer: PersonViewer) => fresh.database.session.count({ where: { userId: viewer.userId } })

const signIn = `mutation ($input: SignInInput!) { signIn(input: $input) { viewer { ${account} } } }`

test('signing in returns the signed-in user, and sets the cookie of a valid session', async () => {
  const input = { email: emailOf(pastor), password: PASSWORD }
  const { data, codes } = await ask(null, signIn, { input })
  expect(codes).toBeUndefined()
  expect(data).toMatchObject({ signIn: { viewer: { id: globalId(pastor), email: emailOf(pastor) } } })
  // The session, and the cookie of the known device.
  expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['churchhub_session', 'churchhub_device'])
  const { sessions } = contextOf(null).deps
  const token = sessions.readCookie(cookies[0]?.split(';')[0])
  expect(await sessions.validate(token ?? '')).toMatchObject({ userId: pastor.userId })
})

test('fields after signIn in the same document run as the new viewer', async () => {
  const input = { email: emailOf(pastor), password: PASSWORD }
  const both = `mutation ($input: SignInInput!) {
    signIn(input: $input) { viewer { email } }
    signOut { ok }
    again: signOut { ok }
  }`
  const before = await sessionsOf(pastor)
  const { data, codes } = await ask(colleague, both, { input })
  expect(data).toBeNull()
  expect(codes).toEqual(['UNAUTHENTICATED'])
  expect(await sessionsOf(pastor)).toBe(before)
  expect(cookies.at(-1)).toMatch(/Max-Age=0/)
})

test('a refused sign-in has its error code, no cookie and no session', async () => {
  const input = { email: emailOf(pastor), password: 'wrong horse battery' }
  expect(await ask(null, signIn, { input })).toEqual({ data: null, codes: ['UNAUTHENTICATED'] })
  expect(cookies).toEqual([])
})

test('signing out needs a session, and clears the cookie', async () => {
  expect((await ask(null, 'mutation { signOut { ok } }')).codes).toEqual(['UNAUTHENTICATED'])
  expect(await ask(pastor, 'mutation { signOut { ok } }')).toMatchObject({ data: { signOut: { ok: true } } })
  expect(cookies).toEqual([expect.stringMatching(/^churchhub_session=; .*Max-Age=0/)])
})
