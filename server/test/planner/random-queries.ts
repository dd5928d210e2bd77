import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

/** A seeded random choice. */
export type RandomSource = Readonly<{ below(limit: number): number; oneOf<T>(choices: readonly T[]): T | undefined }>

/** Mulberry32, a small seeded generator. */
export function chanceOf(seed: number): RandomSource {
  let state = seed >>> 0
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return { below, oneOf: (choices) => choices[below(choices.length)] }
}

/** Argument values from the church: global IDs by argument name, cursors, times, search texts. */
export type Values = Readonly<{
  ids: ReadonlyMap<string, readonly string[]>
  cursors: readonly string[]
  times: readonly string[]
  texts: readonly string[]
}>

export type RandomQueryOptions = Readonly<{
  schema: GraphQLSchema
  values: Values
  /** Root fields to choose from. */
  roots: readonly string[]
  /** Fields to leave out: `Type.field`. */
  excluded: ReadonlySet<string>
}>

/** A random valid query of some root fields, with some of their fields and arguments. */
export function randomQuery(options: RandomQueryOptions, random: RandomSource): string {
  const query = options.schema.getQueryType()
  const roots = Array.from({ length: 1 + random.below(3) }, (_, at) => {
    const field = query?.getFields()[random.oneOf(options.roots) ?? '']
    return field === undefined ? '__typename' : `r${at}: ${fieldText(options, random, field, 5)}`
  })
  return `{ ${roots.join(' ')} }`
}

type AnyField = GraphQLField<unknown, unknown>

function fieldText(options: RandomQueryOptions, random: RandomSource, field: AnyField, depth: number): string {
  const type = getNamedType(field.type)
  const args = argumentsText(options, random, field)
  return `${field.name}${args}${isObjectType(type) ? ` ${selectionText(options, random, type, depth - 1)}` : ''}`
}

function selectionText(
  options: RandomQueryOptions,
  random: RandomSource,
  type: GraphQLObjectType,
  depth: number,
): string {
  const fields = Object.values(type.getFields()).filter((field) => mayAsk(options, type, field, depth))
  const selected = fields.filter(() => random.below(100) < (fields.length > 6 ? 35 : 60))
  const texts = selected.map((field, at) => {
    const alias = random.below(6) === 0 ? `a${at}: ` : ''
    return alias + fieldText(options, random, field, depth)
  })
  const fragments = random.below(8) === 0 ? [`... on ${type.name} { __typename }`] : []
  const all = [...texts, ...fragments]
  return `{ ${all.length === 0 ? '__typename' : all.join(' ')} }`
}

function mayAsk(options: RandomQueryOptions, parent: GraphQLObjectType, field: AnyField, depth: number): boolean {
  const type = getNamedType(field.type)
  if (options.excluded.has(`${parent.name}.${field.name}`)) return false
  if (field.args.some((arg) => isRequiredArgument(arg) && valueText(options, chanceOf(1), arg, arg.type) === null))
    return false
  return isObjectType(type) ? depth > 0 : !('getTypes' in type) && !('getInterfaces' in type && !isEnumType(type))
}

function argumentsText(options: RandomQueryOptions, random: RandomSource, field: AnyField): string {
  // Pages in both directions, or with two cursors, are rejected: one in eight is enough.
  const isBackward = random.below(4) === 0
  const isUnusual = random.below(8) === 0
  const other = isBackward ? ['first', 'after'] : ['last', 'before']
  const texts = field.args.flatMap((arg) => {
    if (!isUnusual && other.includes(arg.name)) return []
    if (!isRequiredArgument(arg) && random.below(100) < (likely.has(arg.name) ? 50 : 94)) return []
    const value = valueText(options, random, arg, arg.type)
    return value === null ? [] : [`${arg.name}: ${value}`]
  })
  return texts.length === 0 ? '' : `(${texts.join(', ')})`
}

const likely: ReadonlySet<string> = new Set(['first', 'last', 'filter', 'orderBy'])

type Named = Pick<GraphQLArgument, 'name' | 'description'>

/** @param depth - how many input objects may be within each other: a filter can contain filters */
function valueText(
  options: RandomQueryOptions,
  random: RandomSource,
  of: Named,
  type: GraphQLInputType,
  depth = 3,
): string | null {
  const { ids, cursors, times, texts } = options.values
  if (isNonNullType(type)) return valueText(options, random, of, type.ofType, depth)
  if (isListType(type)) {
    const items = Array.from({ length: random.below(3) }, () => valueText(options, random, of, type.ofType, depth))
    return items.includes(null) ? null : `[${items.join(', ')}]`
  }
  if (isEnumType(type)) return nameIn(type, random)
  if (isInputObjectType(type)) {
    if (depth === 0) return null
    const entries = Object.values(type.getFields()).flatMap((field) => {
      if (!isNonNullType(field.type) && random.below(100) < 65) return []
      const value = valueText(options, random, field, field.type, depth - 1)
      return value === null ? [] : [`${field.name}: ${value}`]
    })
    return `{ ${entries.join(', ')} }`
  }
  switch (type.name) {
    case 'Int':
      return String(random.oneOf([0, 1, 2, 3, 50]))
    case 'Boolean':
      return String(random.below(2) === 0)
    case 'DateTime':
      return JSON.stringify(random.oneOf(times))
    case 'ID':
      return JSON.stringify(random.oneOf(ids.get(of.name) ?? [...ids.values()].flat()))
    case 'String':
      return JSON.stringify(random.oneOf(of.name === 'after' || of.name === 'before' ? cursors : texts))
    default:
      return null
  }
}

function nameIn(type: GraphQLEnumType, random: RandomSource): string {
  return random.oneOf(type.getValues())?.name ?? ''
}
