import { type DocumentNode, type GraphQLSchema, getVariableValues } from 'graphql'
import { DatabaseError } from 'pg'
import { mayOnlyCount } from '../../core/access/counting.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import { databaseFailureOf } from '../../platform/database/failure.ts'
import { type Answer, readRows } from '../../platform/database/rows/read-rows.ts'
import { describeTables } from '../../platform/database/rows/tables.ts'
import type { Context, Deps } from '../context.ts'
import type { Run } from './field-plan.ts'
import { NotPlanned } from './not-planned.ts'
import { type OperationPlan, planOperation } from './operation.ts'
import { wordsFor } from './rules.ts'

/** One operation that somebody asks for: its document has been found valid for them. */
export type Asked = Readonly<{
  document: DocumentNode
  operationName: string | null
  variables: Readonly<Record<string, unknown>>
  context: Context
}>

/**
 * Answers operations from one SQL statement each, where nothing about them is unusual: by the same resolvers and the same
 * rules as graphql-js, called for the rows of that statement. Whatever is unusual, a refusal or an error among it, is
 * left to graphql-js, which remains the truth: a null says so.
 *
 * @throws the database's own error where it is not there
 */
export type AnswerPlanned = (asked: Asked) => Promise<Record<string, unknown> | null>

export function createPlans(
  { statements, log }: Pick<Deps, 'statements' | 'log'>,
  schema: GraphQLSchema,
): AnswerPlanned {
  const tables = describeTables(getDatamodel().datamodel.models, statements.tableNames)
  const plans = new WeakMap<DocumentNode, Map<string | null, OperationPlan | null>>()

  function planOf({ document, operationName }: Asked): OperationPlan | null {
    const ofDocument = plans.get(document) ?? new Map<string | null, OperationPlan | null>()
    plans.set(document, ofDocument)
    const known = ofDocument.get(operationName)
    if (known !== undefined) return known
    const plan = orNull(() => planOperation(schema, document, operationName))
    ofDocument.set(operationName, plan)
    return plan
  }

  async function answer({ roots, operation }: OperationPlan, asked: Asked): Promise<Record<string, unknown>> {
    const { viewer } = asked.context
    if (viewer === null || mayOnlyCount(viewer)) throw new NotPlanned('who may not see every row that is read')
    const variables = getVariableValues(schema, operation.variableDefinitions ?? [], asked.variables)
    if (variables.errors) throw new NotPlanned('variables')
    const context = emptyHanded(asked.context)
    const run: Run = {
      context,
      words: wordsFor(viewer),
      tables,
      args: [],
      takes: [],
      variableValues: variables.variableValues,
    }
    const reads = roots.map((root) => root.reads(run))
    const answers = await readRows(tables, statements.run, reads.flat())
    let at = 0
    const entries = roots.map(({ key, answer: answerRoot }, index): [string, unknown] => {
      const own: readonly Answer[] = answers.slice(at, at + (reads[index]?.length ?? 0))
      at += own.length
      return [key, answerRoot(own, run)]
    })
    return Object.fromEntries(entries)
  }

  return async (asked) => {
    const plan = planOf(asked)
    if (plan === null) return null
    try {
      return await answer(plan, asked)
    } catch (error) {
      if (databaseFailureOf(error) !== null) throw error
      // A statement that PostgreSQL refuses is a fault of the writing, and nobody would see it: the answer comes all the same.
      if (error instanceof DatabaseError) log.warn({ err: error }, 'a planned statement failed')
      return null
    }
  }
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof NotPlanned) return null
    throw error
  }
}

/**
 * The context that resolvers get here: who asks, and the time, and nothing to reach out with. So a resolver that opens,
 * writes or asks anything can't be answered here, whatever it was thought to be, and nothing is done twice.
 */
function emptyHanded(context: Context): Context {
  return { ...context, memo: new Map(), setCookie: null, deps: emptyHandedDeps(context.deps) }
}

const empty = new WeakMap<Deps, Deps>()

function emptyHandedDeps(deps: Deps): Deps {
  const known = empty.get(deps)
  if (known !== undefined) return known
  const emptied = new Proxy(deps, {
    get: (target, name) => {
      if (name === 'clock' || name === 'env') return target[name]
      throw new NotPlanned(`a resolver reaches for ${String(name)}`)
    },
  })
  empty.set(deps, emptied)
  return emptied
}
