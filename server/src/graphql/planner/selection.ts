import type { PartialResolveInfo } from '@pothos/core'
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
import type { RuleCheck } from './rules.ts'

/** One field of a selection, before it is planned. */
export type Selection = Readonly<{
  /** The name in the answer. */
  key: string
  /** Its place among the fields of the operation. */
  number: number
  parent: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  rule: RuleCheck | null
  args: SelectionArguments
  /** Plans what is selected of an object type below this field. */
  planBelow(type: GraphQLObjectType): ObjectPlan
  /** The selection below this field, where it is planned piece by piece. */
  sitesBelow(type: GraphQLObjectType): readonly Selection[]
}>

/** A field's arguments: worked out once a run, and not once a row. */
export type SelectionArguments = Readonly<{
  workOut(run: Run): Record<string, unknown>
  of(run: Run): Record<string, unknown>
}>

const noArguments = {}

/**
 * Coerces the arguments of a field as graphql-js does, and passes them through what plugins have put before its resolver,
 * such as the reading of global ids.
 *
 * @param number - the place of these arguments among those of the operation
 */
export function argumentsOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  number: number,
): SelectionArguments {
  if (field.args.length === 0) return { workOut: () => noArguments, of: () => noArguments }
  const mappers = mappersOf(field)
  return {
    workOut: (run) => {
      const info = { schema, fragments: {}, variableValues: run.variableValues } as PartialResolveInfo // what mappers look at
      const given = getArgumentValues(field, node, info.variableValues)
      const args = mappers.reduce((mapped, mapper) => recordOf(mapper(mapped, run.context, info)), given)
      run.args[number] = args
      return args
    },
    of: (run) => run.args[number] ?? noArguments,
  }
}

type Mapper = (args: object, context: object, info: PartialResolveInfo) => unknown

function mappersOf({ extensions }: GraphQLField<unknown, unknown>): readonly Mapper[] {
  const { pothosArgMappers } = extensions
  return Array.isArray(pothosArgMappers) ? pothosArgMappers : []
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Promise) throw new Bailout('mapped arguments')
  return { ...value }
}

/** Asks the rule of a field for one parent. */
export function checkRule({ rule, args }: Selection, parent: Row, run: Run): void {
  rule?.(parent, args.of(run), run.context, run.words)
}
