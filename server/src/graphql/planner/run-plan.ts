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
 * Answers a planned operation.
 *
 * @param event - what a subscription answers
 * @returns the operation's `data`
 * @throws anything, where graphql-js has to answer
 */
type RunPlan = (
  plan: OperationPlan,
  variables: Readonly<Record<string, unknown>>,
  context: Context,
  event: unknown,
) => Promise<Record<string, unknown>>

/** Creates what runs plans: one SQL statement for all root fields, then each field's own resolver on what came. */
export function createPlanRunner(
  { statements, ...services }: Pick<Deps, 'clock' | 'env' | 'statements'>,
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
    const run: Run = { context: sandboxed, scopeMap: scopeMapFor(viewer), tables, args: [], takes: [], variableValues }
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
 * The context of resolvers in a plan: the viewer, and no service but the clock and the configuration. A resolver that opens,
 * writes or reads anything throws here, and graphql-js answers; so nothing is done twice.
 */
function sandboxContext(context: Context, deps: Deps): Context {
  const { viewer, operations } = context
  return {
    viewer,
    operations,
    // Read only when a resolver reads it: a live answer is then for that subscriber alone (`live-results.ts`).
    get origin() {
      return context.origin
    },
    memo: new Map(),
    // Of its own: where graphql-js answers after all, it notes the same people again.
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
