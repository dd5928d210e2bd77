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
import { planEventRoot } from './event-roots.ts'
import type { FieldPlan, ObjectPlan } from './field-plan.ts'
import { planRelation } from './relations.ts'
import { planRoot, type RootPlan } from './roots.ts'
import { ruleOfField, ruleOfType } from './rules.ts'
import { addAllColumns, addSelect } from './select.ts'
import { argumentsOf, type Selection } from './selection.ts'
import { planValue } from './values.ts'

/** A planned operation: its root fields, each with what it reads and how it is answered. */
export type OperationPlan = Readonly<{
  operation: OperationDefinitionNode
  /** The event is what a subscription is answering to; a query has none. */
  rootsFor(event: unknown): readonly RootPlan[]
}>

/** Mutations are graphql-js' alone. */
export type PlannedKind = 'query' | 'subscription'

/**
 * Plans a valid operation of a document.
 *
 * @throws NotPlanned where graphql-js has to execute it: another kind of operation, a directive, an interface, a sealed field, a
 *   root field that does not say which rows it reads, …
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
  const sites = sitesOf(planning, type, [operation.selectionSet])
  if (kind === 'query') {
    const roots = sites.map(planRoot)
    return { operation, rootsFor: () => roots }
  }
  const eventRoots = sites.map(planEventRoot)
  return { operation, rootsFor: (event) => eventRoots.map((rootFor) => rootFor(event)) }
}

type Planning = Readonly<{
  schema: GraphQLSchema
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** How many fields are planned so far: each has a number. */
  fields: { count: number }
}>

/** The fields that some selections on one object type ask for together, in the order of the answer. */
function sitesOf(
  planning: Planning,
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
): readonly Selection[] {
  const byKey = new Map<string, FieldNode[]>()
  for (const selection of selections) collect(planning, type, selection, byKey)
  return [...byKey].map(([key, nodes]) => siteOf(planning, type, key, nodes))
}

function collect(
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
      collect(planning, type, fragment.selectionSet, byKey)
    }
  }
}

function appliesTo({ schema }: Planning, type: GraphQLObjectType, condition: string | undefined): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return isAbstractType(named) && schema.isSubType(named, type)
}

function siteOf(planning: Planning, parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): Selection {
  const { schema } = planning
  const [node] = nodes
  const isTypeName = node?.name.value === '__typename'
  const field = isTypeName ? TypeNameMetaFieldDef : parent.getFields()[node?.name.value ?? '']
  if (node === undefined || field === undefined) throw new Bailout(`${parent.name}.${key}`)
  const number = planning.fields.count++
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return {
    key,
    number,
    parent,
    field,
    rule: isTypeName ? null : ruleOfField(schema, parent, field),
    args: argumentsOf(schema, field, node, number),
    planBelow: (type) => planObject(planning, type, selections),
    sitesBelow: (type) => sitesOf(planning, type, selections),
  }
}

function planObject(planning: Planning, type: GraphQLObjectType, selections: readonly SelectionSetNode[]): ObjectPlan {
  const fields = sitesOf(planning, type, selections).map(planField)
  const rule = ruleOfType(type)
  const { pothosPrismaModel: model, pothosPrismaSelect: select } = type.extensions
  return {
    ask: (rows, run) => {
      if (select) addSelect(rows, select, run.tables)
      else if (model) addAllColumns(rows, run.tables)
      for (const field of fields) field.ask(rows, run)
    },
    answer: (parent, run) => {
      // The same for every field of the object, so it is asked once.
      rule?.(parent, {}, run.context, run.words)
      const answer: Record<string, unknown> = {}
      for (const field of fields) answer[field.key] = field.answer(parent, run)
      return answer
    },
  }
}

function planField(site: Selection): FieldPlan {
  const { key, parent, field } = site
  if (field.name === '__typename') return { key, ask: () => undefined, answer: () => parent.name }
  const relation = relationOf(field.extensions.pothosPrismaRelationField)
  return relation === null ? planValue(site) : planRelation(site, relation)
}

/** Pothos keeps there what Prisma's data model says of the relation that a field follows. */
function relationOf(field: unknown): string | null {
  if (typeof field !== 'object' || field === null || !('name' in field)) return null
  return typeof field.name === 'string' ? field.name : null
}
