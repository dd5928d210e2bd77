import { type Change, ChangeType, CriticalityLevel, diff } from '@graphql-inspector/core'
import {
  buildSchema,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'

type Element = Readonly<{
  /** `Type.field`, `Type.field.argument` or `Enum.VALUE`, as graphql-inspector names a change. */
  path: string
  type: GraphQLInputType | GraphQLOutputType | null
  deprecationReason: string | null | undefined
}>

/** The date in a deprecation reason: the element is supported until then. */
export function supportedUntil(reason: string): Date | null {
  const [, day] = /\buntil (\d{4}-\d{2}-\d{2})\b/.exec(reason) ?? []
  const date = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

/** Changes that graphql-inspector doesn't count as breaking. A document without the argument would get another result. */
const changedDefaults: readonly string[] = [
  ChangeType.FieldArgumentDefaultChanged,
  ChangeType.InputFieldDefaultValueChanged,
  ChangeType.DirectiveArgumentDefaultValueChanged,
]

/**
 * Breaking changes to a released schema, as graphql-inspector defines them, and changed default values. Changes to elements that the release marks
 * as deprecated until a date before `today` are excluded.
 */
export async function breakingChanges(released: string, current: string, today: Date): Promise<string[]> {
  const before = buildSchema(released)
  const changes = await diff(before, buildSchema(current))
  const expired = new Set(
    elementsOf(before)
      .filter(({ deprecationReason }) => (supportedUntil(deprecationReason ?? '') ?? today) < today)
      .map(({ path }) => path),
  )
  const breaking = changes.filter(
    ({ criticality, type }) => criticality.level === CriticalityLevel.Breaking || changedDefaults.includes(type),
  )
  return breaking.filter((change) => !isExpired(change, before, expired)).map(({ message }) => message)
}

/** Every schema element that can be deprecated. */
export function elementsOf(schema: GraphQLSchema): Element[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
  return types.flatMap((type): Element[] => {
    const element = (path: string, { type: of = null, deprecationReason }: Partial<Element>) => ({
      path: `${type.name}.${path}`,
      type: of,
      deprecationReason,
    })
    if (isEnumType(type))
      return type.getValues().map(({ name, deprecationReason }) => element(name, { deprecationReason }))
    if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => element(field.name, field))
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    return Object.values(type.getFields()).flatMap((field) => [
      element(field.name, field),
      ...field.args.map((arg) => element(`${field.name}.${arg.name}`, arg)),
    ])
  })
}

/**
 * True if the element or its parent has expired. A type can't be deprecated: it expires with everything that leads to
 * it.
 */
function isExpired(
  { path = '' }: Change,
  released: GraphQLSchema,
  expired: ReadonlySet<string>,
  visited = new Set<string>(),
): boolean {
  const [typeName = '', ...names] = path.split('.')
  if (names.some((_, at) => expired.has([typeName, ...names.slice(0, at + 1)].join('.')))) return true
  if (names.length > 0) return false
  visited.add(typeName)
  const leading = elementsOf(released).filter(({ type }) => type !== null && getNamedType(type).name === typeName)
  return leading.length > 0 && leading.every((element) => isUnreachable(element, released, expired, visited))
}

function isUnreachable(
  { path }: Element,
  released: GraphQLSchema,
  expired: ReadonlySet<string>,
  visited: Set<string>,
): boolean {
  const [typeName = '', field = ''] = path.split('.')
  if (expired.has(path) || expired.has(`${typeName}.${field}`) || visited.has(typeName)) return true
  const isRoot = [released.getQueryType(), released.getMutationType(), released.getSubscriptionType()].some(
    (root) => root?.name === typeName,
  )
  // Through a type that nothing leads to any more.
  return !isRoot && isExpired({ path: typeName } as Change, released, expired, visited) // only the path is read
}
