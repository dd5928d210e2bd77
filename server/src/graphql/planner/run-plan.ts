import { type DocumentNode, type GraphQLSchema, getVariableValues } from 'graphql'
import { DatabaseError } from 'pg'
import { mayOnlyCount } from '../../core/access/counting.ts'
import { createPeopleNotes } from '../../core/audit/read/people-read.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import { databaseFailureOf } from '../../platform/database/failure.ts'
import { type Answer, readRows } from '../../platform/database/json-sql/read-rows.ts'
import { describeTables } from '../../platform/database/json-sql/tables.ts'
import type { Context, Deps } from '../auth/context.ts'
import { Bailout } from './bailout.ts'
import type { Run } from './field-plan.ts'
import { type OperationPlan, type PlannedKind, planOperation } from './plan-operation.ts'
import { scopeMapFor } from './rules.ts'

/** An operation that can be answered from one SQL statement. */
export type Plan = Readonly<{
  /**
   * What graphql-js would put into `data`, by the same resolvers and the same rules. Null where graphql-js has to answer:
   * something is unusual, a refusal or an error among it.
   *
   * @param event - what a subscription answers to
   * @throws the database's own error where it is not there
   */
  answer(
    variables: Readonly<Record<string, unknown>>,
    context: Context,
    event?: unknown,
  ): Promise<Record<string, unknown> | null>
}>

/** The plans of operations, each made once. Null: graphql-js answers. The document has been found valid. */
export type Plans = (document: DocumentNode, operationName: string | null) => Plan | null

/** Answers plain operations from one SQL statement each. graphql-js remains the truth: docs/decisions/060. */
export function createPlans(
  { statements, log }: Pick<Deps, 'statements' | 'log'>,
  schema: GraphQLSchema,
  kind: PlannedKind = 'query',
): Plans {
  const tables = describeTables(getDatamodel().datamodel.models, statements.tableNames)
  const plans = new WeakMap<DocumentNode, Map<string | null, Plan | null>>()

  async function answer(
    { rootsFor, operation }: OperationPlan,
    given: Readonly<Record<string, unknown>>,
    asking: Context,
    event: unknown,
  ): Promise<Record<string, unknown>> {
    const { viewer } = asking
    if (viewer === null || mayOnlyCount(viewer)) throw new Bailout('who may not see every row that is read')
    const { errors, variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], given)
    if (errors) throw new Bailout('variables')
    const context = emptyHanded(asking)
    const run: Run = { context, words: scopeMapFor(viewer), tables, args: [], takes: [], variableValues }
    const roots = rootsFor(event)
    const reads = roots.map((root) => root.reads(run))
    const asked = reads.flat()
    const answers = asked.length === 0 ? [] : await readRows(tables, statements.run, asked)
    let at = 0
    const entries = roots.map(({ key, answer: answerRoot }, index): [string, unknown] => {
      const own: readonly Answer[] = answers.slice(at, at + (reads[index]?.length ?? 0))
      at += own.length
      return [key, answerRoot(own, run)]
    })
    asking.people.take(context.people)
    return Object.fromEntries(entries)
  }

  function planned(operation: OperationPlan): Plan {
    return {
      answer: async (variables, context, event) => {
        try {
          return await answer(operation, variables, context, event)
        } catch (error) {
          if (databaseFailureOf(error) !== null) throw error
          // A fault of what wrote the statement. The answer comes all the same, so nobody would see it.
          if (error instanceof DatabaseError) log.warn({ err: error }, 'a planned statement failed')
          return null
        }
      },
    }
  }

  return (document, operationName) => {
    const ofDocument = plans.get(document) ?? new Map<string | null, Plan | null>()
    plans.set(document, ofDocument)
    const known = ofDocument.get(operationName)
    if (known !== undefined) return known
    const operation = orNull(() => planOperation(schema, document, operationName, kind))
    const plan = operation === null ? null : planned(operation)
    ofDocument.set(operationName, plan)
    return plan
  }
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof Bailout) return null
    throw error
  }
}

/**
 * The context that resolvers get here: who asks, and the time, and nothing to reach out with. So a resolver that opens,
 * writes or asks anything can't be answered here, whatever it was thought to be, and nothing is done twice.
 */
function emptyHanded(context: Context): Context {
  const { viewer, operations, deps } = context
  return {
    viewer,
    operations,
    // Asked for only by whoever looks at it: a live answer is then for that one alone (`live-results.ts`).
    get origin() {
      return context.origin
    },
    memo: new Map(),
    // Of its own: where graphql-js has to answer after all, what was noted so far is noted again.
    people: createPeopleNotes(),
    setCookie: null,
    deps: emptyHandedDeps(deps),
  }
}

const empty = new WeakMap<Deps, Deps>()

function emptyHandedDeps(deps: Deps): Deps {
  const known = empty.get(deps)
  if (known !== undefined) return known
  const emptied = new Proxy(deps, {
    get: (target, name) => {
      if (name === 'clock' || name === 'env') return target[name]
      throw new Bailout(`a resolver reaches for ${String(name)}`)
    },
  })
  empty.set(deps, emptied)
  return emptied
}
