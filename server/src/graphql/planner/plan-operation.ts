import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getOperationAST,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql'
import { Bailout } from './bailout.ts'
import { relatedRowsReadBy } from './declarations.ts'
import { planEventRoot } from './event-roots.ts'
import type { FieldPlan, ObjectPlan } from './field-plan.ts'
import { prismaModelOf, relationOf, selectOfType } from './pothos-internals.ts'
import { planRelatedPage, planRelation } from './relations.ts'
import { planRoot, type RootPlan } from './roots.ts'
import { ruleOfField, ruleOfType } from './rules.ts'
import { addAllColumns, addSelect } from './select.ts'
import { argumentsOf, type Selection } from './selection.ts'
import { planValue } from './values.ts'

/** A planned operation: its root fields, with their reads. */
export type OperationPlan = Readonly<{
  operation: OperationDefinitionNode
  /** @param event - the subscription event to answer; undefined for a query */
  rootsFor(event: unknown): readonly RootPlan[]
}>

/** Mutations are never planned. */
export type PlannedKind = 'query' | 'subscription'

/**
 * Plans an operation of a valid document.
 *
 * @throws Bailout if graphql-js has to execute it: a mutation, a directive, an interface, an encrypted field, a root
 *   field that doesn't declare the rows it reads, …
 */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
  kind: PlannedKind,
): OperationPlan {
  const operation = getOperationAST(document, operationName)
  const type = kind === 'query' ? schema.getQueryType() : schema.getSubscriptionType()
  if (operation?.operation !== kind || !type || operation.directives?.length) throw new Bailout(`no plain ${kind}`)
  const fragments = new Map(
    document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  )
  const planning: Planning = { schema, fragments, fields: { count: 0 } }
  const selections = selectionsOf(planning, type, [operation.selectionSet])
  if (kind === 'query') {
    const roots = selections.map(planRoot)
    return { operation, rootsFor: () => roots }
  }
  const eventRoots = selections.map(planEventRoot)
  return { operation, rootsFor: (event) => eventRoots.map((rootFor) => rootFor(event)) }
}

type Planning = Readonly<{
  schema: GraphQLSchema
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The number of fields planned so far. Each field gets its index as its number. */
  fields: { count: number }
}>

/** Collects the fields that several selection sets select on one object type, in response order. */
function selectionsOf(
  planning: Planning,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): readonly Selection[] {
  const byKey = new Map<string, FieldNode[]>()
  for (const set of sets) collectFields(planning, type, set, byKey)
  return [...byKey].map(([key, nodes]) => selectionOf(planning, type, key, nodes))
}

function collectFields(
  planning: Planning,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  byKey: Map<string, FieldNode[]>,
): void {
  for (const selection of selections) {
    if (selection.directives?.length) throw new Bailout('a directive')
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      byKey.set(key, [...(byKey.get(key) ?? []), selection])
      continue
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? planning.fragments.get(selection.name.value) : selection
    if (fragment === undefined || fragment.directives?.length) throw new Bailout('a fragment')
    if (appliesTo(planning, type, fragment.typeCondition?.name.value)) {
      collectFields(planning, type, fragment.selectionSet, byKey)
    }
  }
}

function appliesTo({ schema }: Planning, type: GraphQLObjectType, condition: string | undefined): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return isAbstractType(named) && schema.isSubType(named, type)
}

function selectionOf(
  planning: Planning,
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): Selection {
  const { schema } = planning
  const [node] = nodes
  const isTypeName = node?.name.value === '__typename'
  const field = isTypeName ? TypeNameMetaFieldDef : parent.getFields()[node?.name.value ?? '']
  if (node === undefined || field === undefined) throw new Bailout(`${parent.name}.${key}`)
  const number = planning.fields.count++
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return {
    key,
    number,
    parent,
    field,
    rule: isTypeName ? null : ruleOfField(schema, parent, field),
    args: argumentsOf(schema, field, node, number),
    planBelow: (type) => planObject(planning, type, sets),
    selectionsBelow: (type) => selectionsOf(planning, type, sets),
  }
}

function planObject(planning: Planning, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectPlan {
  const fields = selectionsOf(planning, type, sets).map(planField)
  const rule = ruleOfType(type)
  const [model, select] = [prismaModelOf(type), selectOfType(type)]
  return {
    addReads: (rows, run) => {
      if (select) addSelect(rows, select, run.tables)
      else if (model !== null) addAllColumns(rows, run.tables)
      for (const field of fields) field.addReads(rows, run)
    },
    answer: (parent, run) => {
      // Checked once per object, not once per field.
      rule?.(parent, {}, run.context, run.scopeMap)
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(parent, run)
      return answer
    },
  }
}

function planField(selection: Selection): FieldPlan {
  const { key, parent, field } = selection
  if (field.name === '__typename') return { key, addReads: () => undefined, answer: () => parent.name }
  const related = relatedRowsReadBy(field)
  if (related !== null) return planRelatedPage(selection, related)
  const relation = relationOf(field)
  return relation === null ? planValue(selection) : planRelation(selection, relation)
}
