import { buildSchema, GraphQLError, graphql } from 'graphql'
import { describe, expect, it } from 'vitest'
import { withoutValues } from './without-values.ts'

const schema = buildSchema(`
  enum Bird { KNOT GODWIT }
  input Nest { eggs: Int! bird: Bird note: String }
  type Query { find(nest: Nest, bird: Bird, id: ID, far: Float, isOld: Boolean, notes: [String!]): String }
`)

const secret = 'quvzelmothrin'

/** The messages of graphql-js itself, so that a new version with different messages fails this test. */
async function messagesFor(query: string, variableValues: Record<string, unknown> = {}): Promise<string[]> {
  const { errors = [] } = await graphql({ schema, source: query, variableValues })
  return errors.map(({ message }) => message)
}

describe('a GraphQL error about', () => {
  it.each([
    ['a string for a number', `{ find(nest: { eggs: "${secret}" }) }`],
    ['a string for a float', `{ find(far: "${secret}") }`],
    ['a string for a boolean', `{ find(isOld: "${secret}") }`],
    ['a list for an id', `{ find(id: ["${secret}"]) }`],
    ['a number for a string', `{ find(notes: [12, { a: "${secret}" }]) }`],
    ['an unknown input field', `{ find(nest: { eggs: 1, nota: "${secret}" }) }`],
    ['a missing input field', `{ find(nest: { note: "${secret}" }) }`],
    ['a string for an object', `{ find(nest: "${secret}") }`],
    ['a string for an enum', `{ find(bird: "${secret}") }`],
    ['an argument where none is allowed', `{ find(id: "x") } { "${secret}" }`],
    ['a variable of the wrong type', 'query($v: Nest) { find(nest: $v) }', { v: secret }],
    ['a variable with an additional field', 'query($v: Nest) { find(nest: $v) }', { v: { eggs: 1, nota: secret } }],
    ['a variable with a wrong field', 'query($v: Nest) { find(nest: $v) }', { v: { eggs: secret } }],
    ['a variable with a semicolon', 'query($v: Nest) { find(nest: $v) }', { v: `; ${secret}; cannot: "` }],
    [
      'a variable with an invalid enum value',
      'query($v: Bird) { find(bird: $v) }',
      { v: `${secret}" does not exist in "` },
    ],
    ['a variable that is a list', 'query($v: ID) { find(id: $v) }', { v: [secret] }],
  ])('%s repeats nothing of it', async (_about, query, variables: Record<string, unknown> = {}) => {
    const messages = await messagesFor(query, variables)
    expect(messages.join()).toContain(secret)
    expect(messages.map(withoutValues).join()).not.toContain(secret)
    expect(messages.map(withoutValues).join().length).toBeGreaterThan(20)
  })

  it('IDs and cursors repeats neither', () => {
    expect(withoutValues(`Invalid global ID: ${secret}`)).toBe('Invalid global ID.')
    expect(withoutValues(`Invalid cursor: ${secret}`)).toBe('Invalid cursor.')
  })

  it('variables that a custom scalar rejects keeps the scalar’s message', () => {
    expect(withoutValues(`Variable "$from" got invalid value "${secret}"; A DateTime is an ISO 8601 text.`)).toBe(
      'Variable "$from" got invalid value: A DateTime is an ISO 8601 text.',
    )
    expect(withoutValues(`Variable "$from" got invalid value "${secret}"`)).toBe('Variable "$from" got invalid value.')
  })

  it('the query itself is unchanged', () => {
    for (const message of [
      'Cannot query field "nmae" on type "User".',
      'Syntax Error: Expected Name, found "}".',
      'Variable "$id" of required type "ID!" was not provided.',
    ]) {
      expect(withoutValues(new GraphQLError(message).message)).toBe(message)
    }
  })
})
