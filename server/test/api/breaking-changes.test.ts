import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printSdl } from '../../src/graphql/schema/print-sdl.ts'
import { schema } from '../../src/schema.ts'
import { breakingChanges, elementsOf, supportedUntil } from './breaking-changes.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const released = read('released.graphql')

describe('the schema compared to the last release', () => {
  it('breaks nothing that wasn’t deprecated with a date that has passed', async () => {
    expect(await breakingChanges(released, printSdl(schema), new Date())).toEqual([])
  })

  it('is compared to the release that package.json names', () => {
    // JSON that npm parses too, so it has a version.
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(released.split('\n')[0], 'copy schema.graphql to released.graphql: CONTRIBUTING.md').toContain(
      `release ${version} `,
    )
  })

  it('states a removal date for everything deprecated', () => {
    const deprecated = elementsOf(buildSchema(printSdl(schema))).filter(
      ({ deprecationReason }) => deprecationReason != null,
    )
    expect(deprecated.filter(({ deprecationReason }) => supportedUntil(deprecationReason ?? '') === null)).toEqual([])
  })
})

describe('a breaking change', () => {
  const today = new Date('2027-03-01T12:00:00Z')
  const until = (day: string) => `@deprecated(reason: "Ask for name. It is kept until ${day}.")`
  const expired = until('2027-02-28')
  const church = 'type Query { name: String'
  const broken = (before: string, after: string) => breakingChanges(before, after, today)

  it.each([
    ['of a field', `${church} title: String }`, `${church} }`],
    [
      'of a type’s name',
      `${church} title: Title } type Title { text: String }`,
      `${church} title: Name } type Name { text: String }`,
    ],
    ['of a field’s type', `${church} age: Int! }`, `${church} age: Int }`],
    ['of an argument', `${church} title(short: Boolean): String }`, `${church} title: String }`],
    ['that makes an argument required', `${church} title: String }`, `${church} title(short: Boolean!): String }`],
    ['of an enum value', `${church} day: Day } enum Day { MO TU }`, `${church} day: Day } enum Day { MO }`],
    [
      'of an input field',
      `${church} at(in: In): Int } input In { x: Int y: Int }`,
      `${church} at(in: In): Int } input In { x: Int }`,
    ],
    [
      'of an argument’s default value',
      `${church} title(short: Boolean! = true): String }`,
      `${church} title(short: Boolean!): String }`,
    ],
    [
      'of an optional argument’s default value',
      `${church} title(short: Boolean = true): String }`,
      `${church} title(short: Boolean): String }`,
    ],
    [
      'of an input field’s default value',
      `${church} at(in: In): Int } input In { x: Int! = 1 }`,
      `${church} at(in: In): Int } input In { x: Int! = 2 }`,
    ],
    ['of an element deprecated without a date', `${church} title: String @deprecated }`, `${church} }`],
    ['of an element deprecated until a later date', `${church} title: String ${until('2027-03-02')} }`, `${church} }`],
    [
      'of a type that other fields still return',
      `${church} a: A ${expired} b: A } type A { x: Int }`,
      `${church} b: B } type B { x: Int }`,
    ],
  ])('%s is rejected', async (_, before, after) => {
    expect(await broken(before, after)).not.toEqual([])
  })

  it.each([
    ['of a field', `${church} title: String ${expired} }`, `${church} }`],
    ['of its type and arguments', `${church} title(a: Int): String ${expired} }`, `${church} title(b: Int!): Int }`],
    ['of an argument', `${church} title(short: Boolean ${expired}): String }`, `${church} title: String }`],
    ['of an enum value', `${church} day: Day } enum Day { MO TU ${expired} }`, `${church} day: Day } enum Day { MO }`],
    [
      'of an input field',
      `${church} at(in: In): Int } input In { x: Int y: Int ${expired} }`,
      `${church} at(in: In): Int } input In { x: Int }`,
    ],
    [
      'of types that no other field returns',
      `${church} a: A ${expired} } type A { b: B } type B { a: A }`,
      `${church} }`,
    ],
  ])('%s is accepted after the date', async (_, before, after) => {
    expect(await broken(before, after)).toEqual([])
  })

  it('is not an addition', async () => {
    expect(await broken(`${church} }`, `${church} title(short: Boolean): String }`)).toEqual([])
  })
})
