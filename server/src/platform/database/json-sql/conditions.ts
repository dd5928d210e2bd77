import { UnsupportedQueryError } from './not-in-one-statement.ts'
import { type Parameters, quoted } from './statement.ts'
import type { Column, Relation, Table, Tables } from './tables.ts'

/** A Prisma condition: the `where` of a model. */
export type Where = Readonly<Record<string, unknown>>

/** The context for writing conditions: the tables, the statement's parameters, and its table aliases. */
export type Writing = Readonly<{ tables: Tables; parameters: Parameters; newAlias(): string }>

/**
 * Translates a Prisma `where` to equivalent SQL conditions, all of which must hold.
 *
 * @throws UnsupportedQueryError for anything it doesn't know
 */
export function conditionsOf(writing: Writing, table: Table, alias: string, where: Where): string[] {
  return Object.entries(where).flatMap(([name, value]) => {
    if (value === undefined) throw new UnsupportedQueryError(`an undefined ${name}`)
    if (name === 'AND') return listOf(value).flatMap((part) => conditionsOf(writing, table, alias, part))
    if (name === 'OR') return [anyOf(listOf(value).map((part) => allOf(conditionsOf(writing, table, alias, part))))]
    if (name === 'NOT') return listOf(value).map((part) => `NOT ${allOf(conditionsOf(writing, table, alias, part))}`)
    const column = table.columns.get(name)
    if (column !== undefined) return conditionsOn(writing, column, `${alias}.${quoted(name)}`, value)
    const relation = table.relations.get(name)
    if (relation !== undefined) return relatedConditions(writing, relation, alias, value)
    throw new UnsupportedQueryError(`a condition on ${name}`)
  })
}

/** The conjunction of conditions. */
export function allOf(conditions: readonly string[]): string {
  if (conditions.length === 0) return 'true'
  return conditions.length === 1 ? (conditions[0] ?? 'true') : `(${conditions.join(' AND ')})`
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
}

function listOf(value: unknown): readonly Where[] {
  return Array.isArray(value) ? value.map(objectOf) : [objectOf(value)]
}

function objectOf(value: unknown): Where {
  if (!isPlain(value)) throw new UnsupportedQueryError('a condition that is not an object')
  return value
}

function isPlain(value: unknown): value is Where {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

const comparisons: ReadonlyMap<string, string> = new Map([
  ['equals', '='],
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
])

/** The LIKE pattern for each of these. As in Prisma, escaping the text's wildcards is up to the caller. */
const patterns: ReadonlyMap<string, (text: string) => string> = new Map([
  ['contains', (text) => `%${text}%`],
  ['startsWith', (text) => `${text}%`],
  ['endsWith', (text) => `%${text}`],
])

/** A condition on a key of a JSON object. `@>` is what an index on the column supports. */
function conditionOnJson({ parameters }: Writing, column: Column, sql: string, value: unknown): string {
  if (isPlain(value)) {
    const { path, equals, ...others } = value
    const isKey = Array.isArray(path) && path.length === 1 && typeof path[0] === 'string'
    if (isKey && typeof equals === 'string' && Object.keys(others).length === 0)
      return `${sql} @> ${parameters.add(JSON.stringify({ [path[0]]: equals }), 'jsonb')}::jsonb`
  }
  throw new UnsupportedQueryError(`a condition on ${column.name}`)
}

function conditionsOn(writing: Writing, column: Column, sql: string, value: unknown): string[] {
  const { parameters } = writing
  if (column.type === 'Json' && !column.isList) return [conditionOnJson(writing, column, sql, value)]
  if (column.isList) throw new UnsupportedQueryError(`a condition on ${column.name}`)
  const one = (operand: unknown) => parameters.add(operand, column.type)
  if (value === null) return [`${sql} IS NULL`]
  if (!isPlain(value)) return [`${sql} = ${one(value)}`]
  const { mode, ...operators } = value
  return Object.entries(operators).map(([operator, operand]) => {
    if (operand === undefined) throw new UnsupportedQueryError(`an undefined ${operator}`)
    const sign = comparisons.get(operator)
    if (sign !== undefined && operand === null) return operator === 'equals' ? `${sql} IS NULL` : 'false'
    if (sign !== undefined && mode === undefined) return `${sql} ${sign} ${one(operand)}`
    const pattern = patterns.get(operator)
    if (pattern !== undefined && typeof operand === 'string') {
      return `${sql} ${mode === 'insensitive' ? 'ILIKE' : 'LIKE'} ${parameters.add(pattern(operand), 'text')}`
    }
    if (operator === 'not' && operand === null) return `${sql} IS NOT NULL`
    if (operator === 'not' && !isPlain(operand)) return `${sql} <> ${one(operand)}`
    if (operator === 'in' && isListOfValues(operand))
      return `${sql} = ANY(${parameters.add(operand, `${column.type}[]`)})`
    if (operator === 'notIn' && isListOfValues(operand)) {
      return `${sql} <> ALL(${parameters.add(operand, `${column.type}[]`)})`
    }
    throw new UnsupportedQueryError(`the operator ${operator}`)
  })
}

function isListOfValues(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number')
}

function relatedConditions(writing: Writing, relation: Relation, alias: string, value: unknown): string[] {
  const target = writing.tables.get(relation.model)
  const { some, none, every, is, isNot, ...plain } = objectOf(value)
  if (target === undefined || every !== undefined || is !== undefined || isNot !== undefined) {
    throw new UnsupportedQueryError('an unknown relation filter')
  }
  const exists = (where: Where) => {
    const otherAlias = writing.newAlias()
    const meets = `${otherAlias}.${quoted(relation.otherColumn)} = ${alias}.${quoted(relation.ownColumn)}`
    const conditions = [meets, ...conditionsOf(writing, target, otherAlias, where)]
    return `EXISTS (SELECT FROM ${quoted(target.name)} AS ${otherAlias} WHERE ${conditions.join(' AND ')})`
  }
  if (!relation.isList) return [exists(plain)]
  if (Object.keys(plain).length > 0) throw new UnsupportedQueryError('a list filter without some or none')
  return [
    ...(some === undefined ? [] : [exists(objectOf(some))]),
    ...(none === undefined ? [] : [`NOT ${exists(objectOf(none))}`]),
  ]
}
