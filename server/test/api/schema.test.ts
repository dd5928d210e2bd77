import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  type IntrospectionInputValue,
  introspectionFromSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { encryptedFieldPoints } from '../../src/graphql/auth/encrypted-fields.ts'
import { describeRequirement, isRow } from '../../src/graphql/auth/scope-requirements.ts'
import { printSdl } from '../../src/graphql/schema/print-sdl.ts'
import { schema } from '../../src/schema.ts'

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

/** Every field and argument of a type, as `Type.field` and `Type.field(argument)`, with its description. */
function described(type: GraphQLNamedType): [string, string | null | undefined][] {
  if (isEnumType(type)) return type.getValues().map((value) => [`${type.name}.${value.name}`, value.description])
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.description])
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap((field): [string, string | null | undefined][] => [
    [`${type.name}.${field.name}`, field.description],
    ...field.args.map((arg): [string, string | null | undefined] => [
      `${type.name}.${field.name}(${arg.name})`,
      arg.description,
    ]),
  ])
}

/** The default value of each argument and input field, as introspection reports it. */
function defaultValuesIn(of: GraphQLSchema): ReadonlyMap<string, string> {
  const { types: all } = introspectionFromSchema(of, { inputValueDeprecation: true }).__schema
  const values = all.flatMap((type): [string, IntrospectionInputValue][] => {
    if (type.kind === 'INPUT_OBJECT') return type.inputFields.map((field) => [`${type.name}.${field.name}`, field])
    if (type.kind !== 'OBJECT') return []
    return type.fields.flatMap(({ name, args }) =>
      args.map((arg): [string, IntrospectionInputValue] => [`${type.name}.${name}.${arg.name}`, arg]),
    )
  })
  return new Map(values.flatMap(([path, { defaultValue }]) => (defaultValue == null ? [] : [[path, defaultValue]])))
}

describe('the schema', () => {
  it('matches server/schema.graphql', () => {
    const printed = readFileSync(resolve(import.meta.dirname, '../../schema.graphql'), 'utf8')
    expect(printed, 'run npm run schema:print').toBe(printSdl(schema))
  })

  // Fails with the printer of graphql-tools, which drops every default value.
  it('has the default values in its SDL that introspection reports', () => {
    const printed = defaultValuesIn(buildSchema(printSdl(schema)))
    expect(printed).toEqual(defaultValuesIn(schema))
    expect(printed.get('BookingOrder.field')).toBe('START_TIME')
    expect(printed.get('CreateWebhookEndpointInput.scopes')).toBe('["bookings:read"]')
  })

  it('has a description for every type, field, argument and value', () => {
    const all = types.flatMap((type): [string, string | null | undefined][] => [
      [type.name, type.description],
      ...described(type),
    ])
    expect(all.filter(([, description]) => !description?.trim()).map(([name]) => name)).toEqual([])
  })

  // Fails without `complexity` on one of them.
  it('gives a field that opens sealed data the cost of a mutation, because each opening writes an audit entry', () => {
    const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()))
    const sealed = fields.filter(({ description }) => description?.startsWith('Encrypted.'))
    expect(sealed.map(({ name }) => name).toSorted()).toEqual(['answers', 'content', 'intake'])
    for (const { extensions } of sealed) expect(extensions.complexity).toBe(encryptedFieldPoints)
  })

  it('has a description for every directive and its arguments', () => {
    const directives = buildSchema(printSdl(schema))
      .getDirectives()
      .filter((directive) => !isSpecifiedDirective(directive))
    const all = directives.flatMap((directive) => [directive, ...directive.args])
    expect(all.length).toBeGreaterThan(1)
    expect(all.filter(({ description }) => !description?.trim())).toEqual([])
  })

  it('has an auth rule on every root field', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    const withoutRule = roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {})
        .filter((field) => !hasRule(field.extensions))
        .map((field) => `${root?.name}.${field.name}`),
    )
    expect(withoutRule).toEqual([])
  })

  it('has an auth rule on every type with an id', () => {
    const withoutRule = types
      .filter((type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'))
      .filter((type) => !hasRule(type.extensions))
    expect(withoutRule.map((type) => type.name)).toEqual([])
  })

  it('has its own auth rule on every field that opens sealed data', () => {
    const sealed = types.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => field.description?.startsWith('Encrypted.'))
        .map((field) => ({ name: `${type.name}.${field.name}`, rule: hasRule(field.extensions) })),
    )
    expect(sealed).toEqual([
      { name: 'Booking.intake', rule: true },
      { name: 'ContextSummary.content', rule: true },
      { name: 'FormResponse.answers', rule: true },
    ])
  })

  it('states the API token scopes for every root field and every type that represents rows', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    const rootFields = roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).map((field) => ({ name: `${root?.name}.${field.name}`, element: field })),
    )
    const rows = types
      .filter(isObjectType)
      .filter(isRow)
      .map((element) => ({ name: element.name, element }))
    expect(rows.length).toBeGreaterThan(6)
    expect([...rootFields, ...rows].filter(({ element }) => describeRequirement(element) === undefined)).toEqual([])
    expect([...rootFields, ...rows].filter(({ element }) => !element.extensions.directives)).toEqual([])
  })

  it('lets only `node` and `nodes` lead to a row of any type, because only they check that type’s scopes', () => {
    const leading = types.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isAbstractType(getNamedType(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    )
    expect(leading).toEqual(['Query.node', 'Query.nodes'])
  })

  it('names enum values in upper case', () => {
    const values = types.filter(isEnumType).flatMap((type) => type.getValues().map(({ name }) => name))
    expect(values.filter((name) => !/^[A-Z][A-Z_]*$/.test(name))).toEqual([])
  })
})

/** Pothos keeps the options a field or type was declared with. A rule that names no scope would allow everyone. */
function hasRule(extensions: Readonly<Record<string, unknown>>): boolean {
  const options = extensions.pothosOptions
  if (typeof options !== 'object' || options === null || !('authScopes' in options)) return false
  const rule = options.authScopes
  return typeof rule === 'function' || (typeof rule === 'object' && rule !== null && Object.keys(rule).length > 0)
}
