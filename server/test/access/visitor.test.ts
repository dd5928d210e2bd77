import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicSchemaOf } from '../../src/graphql/schema/public-schema.ts'
import { schema } from '../../src/schema.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

/** For thousands of requests that take a millisecond each on an idle machine. */
const patienceMs = 120_000

let church: RunningChurch

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

/** Every name that the types contain: their own, and those of their fields, arguments and values. */
function namesIn(types: readonly GraphQLNamedType[]): Set<string> {
  return new Set(
    types.flatMap((type) => {
      if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)]
      if (isInputObjectType(type)) return [type.name, ...Object.keys(type.getFields())]
      if (!isObjectType(type) && !isInterfaceType(type)) return [type.name]
      const fields = Object.values(type.getFields())
      return [type.name, ...fields.flatMap(({ name, args }) => [name, ...args.map((arg) => arg.name)])]
    }),
  )
}

const typesOf = (of: typeof schema) => Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type))
const publicNames = namesIn(typesOf(publicSchemaOf(schema)))
const directives = schema.getDirectives().map(({ name }) => name)
for (const { name } of publicSchemaOf(schema).getDirectives()) publicNames.add(name)
const secretNames = [...namesIn(typesOf(schema)), ...directives, 'subscription'].filter(
  (name) => !publicNames.has(name),
)

/** An unused name as long as the real one, so that an error that mentions it has the same length. */
const unusedName = (name: string) => `${name[0] === name[0]?.toUpperCase() ? 'Q' : 'q'}${'z'.repeat(name.length - 1)}`

/** In parallel: one at a time would take a minute. */
async function forEachName(work: (name: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < secretNames.length; at += 25) await Promise.all(secretNames.slice(at, at + 25).map(work))
}

const signIn = (selection: string) =>
  `mutation { signIn(input: { email: "nobody@church.example", password: "x" }) ${selection} }`

/** Every position in a document that can hold a name. */
const positions: Readonly<Record<string, (name: string) => string>> = {
  'a field to read': (name) => `{ ${name} }`,
  'a field to read from': (name) => `{ ${name} { id } }`,
  'a field with an argument': (name) => `{ ${name}(id: 1, first: 2) { id } }`,
  'a field to change': (name) => `mutation { ${name}(input: {}) { id } }`,
  'a field to follow': (name) => `subscription { ${name} }`,
  'a field beside a public one': (name) => `{ viewer { id } ${name} }`,
  'a field of whoever asks': (name) => `{ viewer { id ${name} } }`,
  'a field of whoever signs in': (name) => signIn(`{ viewer { ${name} } }`),
  'a field of a payload': (name) => signIn(`{ ${name} }`),
  'an argument': (name) => `{ viewer(${name}: 1) { id } }`,
  'a field of an input': (name) => `mutation { requestPasswordReset(input: { email: "x", ${name}: 1 }) { ok } }`,
  'a value of an input': (name) => `mutation { requestPasswordReset(input: { email: ${name} }) { ok } }`,
  'the type of a fragment': (name) => `{ viewer { ...f } } fragment f on ${name} { __typename }`,
  'the type of a fragment in place': (name) => `{ viewer { ... on ${name} { __typename } } }`,
  'the type of a root fragment': (name) => `{ ... on ${name} { __typename } }`,
  'the type of a variable': (name) => `query($v: ${name}) { viewer { id } }`,
  'the type of a used variable': (name) => `mutation($v: ${name}!) { requestPasswordReset(input: $v) { ok } }`,
  'the type that is introspected': (name) => `{ __type(name: "${name}") { name } }`,
  'a directive': (name) => `{ viewer @${name} { id } }`,
  'a directive with an argument': (name) => `{ viewer @${name}(if: true) { id } }`,
}

const json = { 'content-type': 'application/json' }

async function answer(query: string, variables: Record<string, unknown> = {}, accept = 'application/json') {
  const response = await fetch(`${church.url}/graphql`, {
    method: 'POST',
    headers: { ...json, accept },
    body: JSON.stringify({ query, variables }),
  })
  const { date: _date, ...headers } = Object.fromEntries(response.headers)
  // The remaining budget decreases with each response.
  const text = (await response.text()).replace(/"remaining":\d+/, '')
  return { status: response.status, headers, text }
}

describe('a visitor who asks for a name can’t tell whether it exists', () => {
  it('among all names in the schema', () => {
    expect(secretNames.length).toBeGreaterThan(300)
    expect(secretNames).toContain('contextSummaries')
    // Only the names needed for signing in are public.
    expect([...publicNames].filter((name) => /booking|summar|audit|token$|first|node/i.test(name))).toEqual(['token'])
  })

  it.each(Object.entries(positions))(
    'as %s',
    async (_position, document) => {
      const unknown = await answer(document('qzzzz'))
      expect(unknown.text).toMatch(/^\{"errors":\[\{"message":"Sign in first\.[^{]*\{"code":"UNAUTHENTICATED"\}\}\]\}$/)
      await forEachName(async (name) => {
        expect(await answer(document(name)), name).toEqual(unknown)
      })
    },
    patienceMs,
  )

  it(
    'as a variable of signing in',
    async () => {
      const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
      const errorFor = async (name: string) => {
        const { text } = await answer(query, { input: { email: 'nobody@church.example', password: 'x', [name]: 1 } })
        return text.replaceAll(`"${name}\\"`, '?')
      }
      const unknown = await errorFor('qzzzz')
      expect(unknown).toContain('unknown field')
      await forEachName(async (name) => {
        expect(await errorFor(name), name).toBe(unknown)
      })
    },
    patienceMs,
  )

  it('over every transport', async () => {
    const transports = {
      get: (query: string) => fetch(`${church.url}/graphql?query=${encodeURIComponent(query)}`),
      events: (query: string) =>
        fetch(`${church.url}/graphql`, {
          method: 'POST',
          headers: { ...json, accept: 'text/event-stream' },
          body: JSON.stringify({ query }),
        }),
      spec: (query: string) =>
        fetch(`${church.url}/graphql`, {
          method: 'POST',
          headers: { ...json, accept: 'application/graphql-response+json' },
          body: JSON.stringify({ query }),
        }),
    }
    for (const [transport, ask] of Object.entries(transports)) {
      for (const operation of ['{ bookings { nodes { id } } }', 'subscription { bookingChanged { cursor } }']) {
        const unknownOperation = operation.replace(/bookings|bookingChanged/, unusedName)
        const [real, unknown] = [await ask(operation), await ask(unknownOperation)]
        expect([real.status, await real.text()], transport).toEqual([unknown.status, await unknown.text()])
      }
    }
  })
})

describe('a visitor', () => {
  it('can query the viewer and whatever signing in needs', async () => {
    expect((await church.ask(null, '{ viewer { id name } }')).data).toEqual({ viewer: null })
    const denied = await church.ask(null, signIn('{ viewer { id name churchName email role } }'))
    expect(denied.errors?.[0]).toMatchObject({ path: ['signIn'], extensions: { code: 'UNAUTHENTICATED' } })
  })

  it('gets the same sign-in hint for everything else', async () => {
    const { errors } = await church.ask(null, '{ bookings { nodes { id } } }')
    expect(errors).toEqual([
      { message: expect.stringContaining('Sign in first.'), extensions: { code: 'UNAUTHENTICATED' } },
    ])
  })

  it('gets no response cached for a signed-in user', async () => {
    const query = '{ viewer { id bio } }'
    expect((await church.ask(church.pastor, query)).errors).toBeUndefined()
    expect((await church.ask(null, query)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect((await church.ask(church.pastor, query)).errors).toBeUndefined()
  })
})
