import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { expect, it } from 'vitest'
import { getDatamodel } from '../../generated/pothos.ts'
import { describeTables } from '../../platform/database/json-sql/tables.ts'
import { tableNamesOf } from '../../platform/database/prisma-internals.ts'
import { schema } from '../../schema.ts'
import { incompatibilityOf, installedVersions, knownVersions } from './pothos-internals.ts'

const installed = {
  schema,
  versions: installedVersions(),
  tables: describeTables(getDatamodel().datamodel.models, new Map([['Booking', 'bookings']])),
}

// Fails on a new version: compare the planner with graphql-js (server/test/planner), then add the version.
it('knows the installed versions, and finds what it needs in them', () => {
  expect(installedVersions()).toEqual(knownVersions)
  expect(incompatibilityOf(installed)).toBeNull()
})

it('names the differences', () => {
  const versions = { ...installed.versions, '@pothos/plugin-prisma': '5.0.0' }
  expect(incompatibilityOf({ ...installed, versions })).toBe(
    `@pothos/plugin-prisma is 5.0.0, and the planner knows ${knownVersions['@pothos/plugin-prisma']}`,
  )
  expect(incompatibilityOf({ ...installed, versions: {} })).toContain('@pothos/core is missing')
  expect(incompatibilityOf({ ...installed, tables: null })).toContain("doesn't name its tables")
  expect(incompatibilityOf({ ...installed, tables: new Map() })).toContain('the data model has no')
  const withoutPothos = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } }),
  })
  expect(incompatibilityOf({ ...installed, schema: withoutPothos })).toContain('the models of types')
})

it('reads no table names from a client that stores them elsewhere', () => {
  expect(tableNamesOf({})).toBeNull()
  expect(tableNamesOf({ _runtimeDataModel: { models: { Booking: { dbName: 'bookings' } } } })).toEqual(
    new Map([['Booking', 'bookings']]),
  )
})
