import { type GraphQLSchema, getVariableValues } from 'graphql'
import { mayOnlyCount } from '../../core/access/counting.ts'
import { createPeopleNotes } from '../../core/audit/read/people-read.ts'
import { type Answer, readRows } from '../../platform/database/json-sql/read-rows.ts'
import type { Tables } from '../../platform/database/json-sql/tables.ts'
import type { Context, Deps } from '../auth/context.ts'
import { Bailout } from './bailout.ts'
import type { Run } from './field-plan.ts'
import type { OperationPlan } from './plan-operation.ts'
import { scopeMapFor } from './rules.ts'

/**
 * Runs a planned operation.
 *
 * @param event - the subscription event to answer; undefined for a query
 * @returns the operation's `data`
 * @throws any error, on which graphql-js answers instead
 */
type RunPlan = (
  plan: OperationPlan,
  variables: Readonly<Record<string, unknown>>,
  context: Context,
  event: unknown,
) => Promise<Record<string, unknown>>

/** Creates the plan runner: one SQL statement for all root fields, then each field's own resolver on the rows. */
export function createPlanRunner(
  { statements, cursors, ...services }: Pick<Deps, 'clock' | 'cursors' | 'env' | 'statements'>,
  schema: GraphQLSchema,
  tables: Tables,
): RunPlan {
  const sandboxedDeps = sandboxDeps(services)

  return async ({ rootsFor, operation }, variables, context, event) => {
    const { viewer } = context
    if (viewer === null || mayOnlyCount(viewer)) throw new Bailout('a viewer who may not see every row that is read')
    const { errors, variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
    if (errors) throw new Bailout('variables')
    const sandboxed = sandboxContext(context, sandboxedDeps)
    const scopeMap = scopeMapFor(viewer)
    const run: Run = { context: sandboxed, scopeMap, tables, cursors, args: [], pages: [], variableValues }
    const roots = rootsFor(event)
    const reads = roots.map((root) => root.reads(run))
    const allReads = reads.flat()
    const answers = allReads.length === 0 ? [] : await readRows(tables, statements.run, allReads)
    let at = 0
    const entries = roots.map(({ key, answer }, index): [string, unknown] => {
      const own: readonly Answer[] = answers.slice(at, at + (reads[index]?.length ?? 0))
      at += own.length
      return [key, answer(own, run)]
    })
    context.people.take(sandboxed.people)
    return Object.fromEntries(entries)
  }
}

/**
 * Creates the context of resolvers in a plan: the viewer, and no services except the clock and the configuration. A
 * resolver that decrypts, writes or reads throws here and graphql-js answers instead, so that nothing is done twice.
 */
function sandboxContext(context: Context, deps: Deps): Context {
  const { viewer, operations } = context
  return {
    viewer,
    operations,
    // A getter, because a live result is shared only if no resolver reads the origin (`live-results.ts`).
    get origin() {
      return context.origin
    },
    memo: new Map(),
    // Separate notes: if graphql-js answers after all, it collects the same people again.
    people: createPeopleNotes(),
    setCookie: null,
    deps,
  }
}

function sandboxDeps(services: Pick<Deps, 'clock' | 'env'>): Deps {
  const sandboxed = new Proxy(services, {
    get: (target, name) => {
      if (name === 'clock' || name === 'env') return target[name]
      throw new Bailout(`a resolver reaches for ${String(name)}`)
    },
  })
  return sandboxed as Deps // every other service throws
}
