import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
} from 'graphql'
import type { Row } from '../../platform/database/json-sql/rows.ts'
import { Bailout } from './bailout.ts'
import type { ObjectPlan, Run } from './field-plan.ts'
import { argMappersOf, infoForMappers } from './pothos-internals.ts'
import type { RuleCheck } from './rules.ts'

/** A selected field, before it is planned. */
export type Selection = Readonly<{
  /** The response key. */
  key: string
  /** The field's index among all fields of the operation. */
  number: number
  parent: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  rule: RuleCheck | null
  args: SelectionArguments
  /** Plans the selection on an object type below this field. */
  planBelow(type: GraphQLObjectType): ObjectPlan
  /** The fields selected below this one, to be planned one by one. */
  selectionsBelow(type: GraphQLObjectType): readonly Selection[]
}>

/** The arguments of a field, coerced once per run rather than once per row. */
export type SelectionArguments = Readonly<{
  coerce(run: Run): Record<string, unknown>
  of(run: Run): Record<string, unknown>
}>

const noArguments = {}

/**
 * Coerces the arguments of a field as graphql-js does, then maps them as plugins do before its resolver, for example
 * from global IDs.
 *
 * @param number - the field's index among all fields of the operation
 */
export function argumentsOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  number: number,
): SelectionArguments {
  if (field.args.length === 0) return { coerce: () => noArguments, of: () => noArguments }
  const mappers = argMappersOf(field)
  return {
    coerce: (run) => {
      const info = infoForMappers(schema, run.variableValues)
      const received = getArgumentValues(field, node, info.variableValues)
      const args = mappers.reduce((mapped, mapper) => recordOf(mapper(mapped, run.context, info)), received)
      run.args[number] = args
      return args
    },
    of: (run) => run.args[number] ?? noArguments,
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Promise) throw new Bailout('mapped arguments')
  return { ...value }
}

/** @throws if the field's rule rejects the viewer for this parent */
export function checkRule({ rule, args }: Selection, parent: Row, run: Run): void {
  rule?.(parent, args.of(run), run.context, run.scopeMap)
}
