import { buildSchema, getIntrospectionQuery, type OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { PersonViewer } from '../../core/access/viewer.ts'
import type { OperationLimits } from '../../platform/config/limits.ts'
import { createOperations } from './check-operation.ts'

const schema = buildSchema(`
  interface Node { id: ID! }
  union Thing = Bird | Nest
  enum Kind { KNOT GODWIT }
  input Filter { kinds: [Kind!] name: String }
  type PageInfo { hasNextPage: Boolean! }
  type Bird implements Node { id: ID! name: String! nests(first: Int, last: Int): NestPage! mate: Bird friends: [Bird!]! }
  type Nest implements Node { id: ID! size: Int birds(first: Int = 5, last: Int): BirdPage! }
  type BirdEdge { cursor: String! node: Bird! }
  type BirdPage { edges: [BirdEdge!]! nodes: [Bird!]! pageInfo: PageInfo! totalCount: Int! }
  type NestPage { nodes: [Nest!]! }
  type Query {
    bird(id: ID): Bird
    birds(first: Int, last: Int, filter: Filter): BirdPage!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    thing: Thing
  }
  type Mutation { ring(id: ID!): Bird }
  type Subscription { birdSeen: Bird! }
`)

const limits: OperationLimits = {
  depth: 9,
  fields: 40,
  rootFields: 3,
  aliases: 5,
  repeats: 4,
  directives: 3,
  tokens: 200,
  cost: 1_000,
  pageSize: 100,
}
const viewer: PersonViewer = { kind: 'person', userId: 'u', role: 'pastor', sessionId: 's' }

function check(query: string, variables: Record<string, unknown> = {}, overrides: Partial<OperationLimits> = {}) {
  const operations = createOperations({ schema, publicSchema: schema, limits: { ...limits, ...overrides } })
  return operations.check(operations.parse(query), null, variables, viewer)
}
const costOf = (query: string, variables: Record<string, unknown> = {}) => {
  const checked = check(query, variables, { cost: 1e9, fields: 1_000, depth: 100, pageSize: 1_000 })
  if ('errors' in checked) throw new Error(checked.errors.map(({ message }) => message).join())
  return checked.cost
}
const refusal = (query: string, variables: Record<string, unknown> = {}, overrides: Partial<OperationLimits> = {}) => {
  const checked = check(query, variables, overrides)
  return 'errors' in checked ? checked.errors[0]?.extensions : null
}

describe('the cost of an operation', () => {
  it.each([
    ['a field is a point', '{ bird { id name } }', 3],
    ['`id` and `__typename` are free', '{ __typename bird { __typename id } }', 2],
    ['a page multiplies its rows', '{ birds(first: 7) { nodes { id name } } }', 1 + 1 + 7 * 2],
    ['a page has 20 rows by default', '{ birds { nodes { id } } }', 1 + 1 + 20],
    ['`last` sets the page size too', '{ birds(last: 3) { edges { cursor node { id } } } }', 1 + 1 + 3 * 3],
    ['fields beside the rows are not multiplied', '{ birds(first: 50) { totalCount pageInfo { hasNextPage } } }', 4],
    [
      'pages in pages multiply',
      '{ birds(first: 10) { nodes { nests(first: 4) { nodes { size } } } } }',
      1 + 1 + 10 * (1 + 1 + 4),
    ],
    ['a list of unknown length counts as ten', '{ bird { friends { id } } }', 1 + 1 + 10],
    ['a list by IDs counts once per ID', `{ nodes(ids: [${'"x" '.repeat(30)}]) { id } }`, 1 + 30 + 30],
    [
      'list elements in arguments count at any depth',
      '{ birds(first: 1, filter: { kinds: [KNOT, KNOT] }) { totalCount } }',
      4,
    ],
    ['all fragments of an interface count', '{ node(id: 1) { ... on Bird { name } ... on Nest { size } } }', 3],
    ['all fragments of a union count', '{ thing { ... on Bird { id name } ...n } } fragment n on Nest { size }', 4],
    ['a fragment counts for each spread', '{ a: bird { ...f } b: bird { ...f } } fragment f on Bird { id name }', 6],
    ['the same field twice counts twice', '{ bird { id id id } }', 4],
    ['skipped fields are free', '{ bird { id name @skip(if: true) mate @include(if: false) { id } } }', 2],
    ['a mutation costs ten', 'mutation { ring(id: 1) { id } }', 11],
    ['a subscription counts as a page of events', 'subscription { birdSeen { id } }', 20 * 2],
  ])('%s', (_rule, query, points) => {
    expect(costOf(query)).toBe(points)
  })

  it.each([
    ['the size of a page', 'query($n: Int) { birds(first: $n) { nodes { id } } }', { n: 50 }, 52],
    ['a default of the document', 'query($n: Int = 30) { birds(first: $n) { nodes { id } } }', {}, 32],
    ['null instead of the default', 'query($n: Int = 30) { birds(first: $n) { nodes { id } } }', { n: null }, 22],
    ['a list of ids', 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(40).fill('x') }, 1 + 40 + 40],
    [
      'a list inside an input',
      'query($f: Filter) { birds(first: 1, filter: $f) { totalCount } }',
      { f: { kinds: ['KNOT', 'KNOT', 'GODWIT'] } },
      5,
    ],
    [
      '@include',
      'query($with: Boolean!) { birds(first: 9) { totalCount nodes @include(if: $with) { id } } }',
      { with: false },
      2,
    ],
    ['@skip', 'query($no: Boolean!) { bird { id ...f @skip(if: $no) } } fragment f on Bird { name }', { no: true }, 2],
  ])('follows variables: %s', (_what, query, variables, points) => {
    expect(costOf(query, variables)).toBe(points)
  })

  it('is computed once per document, and with other variables in microseconds', () => {
    const operations = createOperations({ schema, publicSchema: schema, limits: { ...limits, cost: 1e9 } })
    const text = `query($n: Int, $m: Int) { birds(first: $n) { totalCount nodes { id name mate { id name }
      nests(first: $m) { nodes { id size birds(first: 3) { nodes { id name } } } } } } }`
    const document = operations.parse(text)
    expect(operations.parse(text)).toBe(document)
    operations.check(document, null, { n: 1, m: 1 }, viewer)
    // Counts reads instead of measuring time: a later check reads no field of the document.
    let reads = 0
    for (const definition of document.definitions) {
      const { selectionSet } = definition as OperationDefinitionNode // the document's only definition
      Object.defineProperty(definition, 'selectionSet', {
        get: () => {
          reads += 1
          return selectionSet
        },
      })
    }
    const first = operations.check(document, null, { n: 20, m: 10 }, viewer)
    const second = operations.check(document, null, { n: 2, m: 1 }, viewer)
    expect([first, second, reads]).toEqual([{ cost: 2_143 }, { cost: 37 }, 0])
  })
})

describe('an operation is rejected', () => {
  const nestedQuery = (levels: number) => `{ bird ${'{ mate '.repeat(levels)} { id } ${'} '.repeat(levels)}}`
  it.each([
    ['too deep', nestedQuery(10), 'depth'],
    [
      'too deep in fragments',
      `{ bird { ...a } } ${[...'abcdefgh'].map((x, at) => `fragment ${x} on Bird { mate { ...${'bcdefghi'[at]} } }`).join(' ')} fragment i on Bird { id }`,
      'depth',
    ],
    [
      'with too many fields',
      `{ bird { ${'mate { id name } friends { id name } nests { nodes { id size } } '.repeat(4)} } }`,
      'fields',
    ],
    [
      'with too many root fields',
      '{ a: bird { id } thing { __typename } node(id: 1) { id } birds { totalCount } }',
      'rootFields',
    ],
    [
      'with root fields in a fragment',
      '{ ...q ...q ...q ...q } fragment q on Query { thing { __typename } }',
      'rootFields',
    ],
    ['with too many aliases', '{ bird { a: id b: id c: id d: name e: name f: name } }', 'aliases'],
    ['with a field repeated too often', '{ bird { id id id id id } }', 'repeats'],
    ['with a field repeated by aliases', '{ bird { a: id b: id c: id d: id id } }', 'repeats'],
    [
      'with a field repeated by fragments',
      '{ bird { ...a ...a ...b ... { id } } } fragment a on Bird { id } fragment b on Bird { ...a ...a }',
      'repeats',
    ],
    [
      'with too many directives',
      '{ bird { id @skip(if: false) @include(if: true) ...f @skip(if: false) } } fragment f on Bird { name @skip(if: false) }',
      'directives',
    ],
  ])('%s', (_how, query, limit) => {
    expect(refusal(query)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit })
    const { asked, allowed } = { asked: 0, allowed: 0, ...refusal(query) }
    expect(asked).toBeGreaterThan(allowed)
    expect(refusal(query, {}, { [limit]: asked })).toBeNull()
  })

  it('for its cost with these variables, and not with others', () => {
    const query = 'query($n: Int) { birds(first: $n) { nodes { nests(first: $n) { nodes { id } } } } }'
    expect(refusal(query, { n: 40 })).toMatchObject({ limit: 'cost', cost: 1_682, maxCost: 1_000, allowed: 1_000 })
    expect(refusal(query, { n: 10 })).toBeNull()
  })

  it('for an invalid page size, wherever the number comes from', () => {
    for (const [query, variables] of [
      ['{ birds(first: 101) { totalCount } }', {}],
      ['{ birds(last: -1) { totalCount } }', {}],
      ['query($n: Int) { birds(first: $n) { totalCount } }', { n: 101 }],
      ['query($n: Int = 101) { birds(first: $n) { totalCount } }', {}],
      ['{ bird { ...f } } fragment f on Bird { nests(last: 1000) { nodes { id } } }', {}],
    ] as const) {
      expect(refusal(query, variables)).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: expect.stringMatching(/first|last/),
      })
    }
  })

  it('for too many tokens, before they are parsed', () => {
    const operations = createOperations({ schema, publicSchema: schema, limits })
    expect(() => operations.parse(`{ bird { ${'id '.repeat(200)} } }`)).toThrow(
      expect.objectContaining({ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'tokens', allowed: 200 } }),
    )
  })

  it('at once if fragments double each other', () => {
    const names = Array.from({ length: 60 }, (_, at) => `f${at}`)
    const fragments = names.map((name, at) => `fragment ${name} on Bird { ...f${at + 1} ...f${at + 1} }`)
    const query = `{ bird { ...f0 } } ${fragments.join(' ')} fragment f60 on Bird { id }`
    expect(refusal(query, {}, { tokens: 1_000 })).toMatchObject({ limit: 'fields' })
  })

  it('if an unused fragment would be too expensive to validate', () => {
    const query = `{ thing { __typename } } fragment f on Bird { ${'id '.repeat(30)} }`
    expect(refusal(query)).toMatchObject({ limit: 'repeats' })
  })

  it('if fragments form a cycle', () => {
    const query = '{ bird { ...a } } fragment a on Bird { mate { ...b } } fragment b on Bird { ...a }'
    expect(refusal(query)).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' })
  })

  it('but not the introspection queries of tools', () => {
    const asTools = { depth: 16, fields: 500, repeats: 30, directives: 50, tokens: 4_000, cost: 60_000 }
    for (const options of [
      {},
      { inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true, oneOf: true },
    ]) {
      expect(refusal(getIntrospectionQuery(options), {}, asTools)).toBeNull()
    }
  })
})

describe('a report', () => {
  const report = (query: string, variables = {}, name: string | null = null) =>
    createOperations({ schema, publicSchema: schema, limits }).report(query, name, variables, viewer)

  it('names the most expensive field, and the distance to each limit', () => {
    const {
      cost,
      mostExpensive,
      limits: nearLimits,
      errors,
    } = report('query($n: Int) { all: birds(first: $n) { nodes { id nests(first: 5) { nodes { id size } } } } }', {
      n: 10,
    })
    expect([cost, errors]).toEqual([1 + 1 + 10 * (1 + 1 + 1 + 5 * 2), []])
    expect(mostExpensive).toEqual({ path: 'all.nodes.nests.nodes', points: 10 * (1 + 5 * 2) })
    expect(nearLimits).toContainEqual({ name: 'depth', asked: 5, allowed: 9 })
    expect(nearLimits).toContainEqual({ name: 'tokens', asked: 37, allowed: 200 })
  })

  it('includes the cost of an operation that would be rejected', () => {
    const { cost, errors } = report('{ birds(first: 90) { nodes { nests(first: 90) { nodes { id } } } } }')
    expect(cost).toBeGreaterThan(8_000)
    expect(errors[0]?.extensions).toMatchObject({ limit: 'cost' })
  })

  it.each([
    ['no GraphQL', '{ bird {', 'GRAPHQL_PARSE_FAILED'],
    ['not valid in the schema', '{ brid { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['several operations', 'query a { thing { __typename } } query b { thing { __typename } }', 'BAD_USER_INPUT'],
    ['too deep', deepestQuery(), 'QUERY_TOO_COMPLEX'],
    ['too long', `{ bird { ${'id '.repeat(200)} } }`, 'QUERY_TOO_COMPLEX'],
  ])('describes the error in a document that is %s', (_what, query, code) => {
    const { cost, errors } = report(query)
    expect([cost, errors[0]?.extensions.code]).toEqual([null, code])
  })

  it('finds one operation of several by its name', () => {
    const query = 'query a { thing { __typename } } query b { bird { id name } }'
    expect([report(query, {}, 'a').cost, report(query, {}, 'b').cost]).toEqual([1, 3])
  })
})

function deepestQuery(): string {
  return `{ bird ${'{ mate '.repeat(12)} { id } ${'} '.repeat(12)}}`
}
