import type { DocumentNode, GraphQLSchema } from 'graphql'
import { DatabaseError } from 'pg'
import { databaseFailureOf } from '../../platform/database/failure.ts'
import type { Context, Deps } from '../auth/context.ts'
import { Bailout } from './bailout.ts'
import { type OperationPlan, type PlannedKind, planOperation } from './plan-operation.ts'
import { incompatibilityOf, installedVersions } from './pothos-internals.ts'
import { createPlanRunner } from './run-plan.ts'

/** The plan of an operation: one SQL statement, then the resolvers. */
export type Plan = Readonly<{
  /**
   * The operation's `data`, from the same resolvers and rules that graphql-js would use. Null if graphql-js has to
   * answer.
   *
   * @param event - the subscription event to answer
   * @throws the database's error if it can't be reached
   */
  answer(
    variables: Readonly<Record<string, unknown>>,
    context: Context,
    event?: unknown,
  ): Promise<Record<string, unknown> | null>
}>

/**
 * Returns the plan of an operation in a valid document, created once per document. Null if graphql-js has to answer.
 */
export type Plans = (document: DocumentNode, operationName: string | null) => Plan | null

/** The plans of queries and of subscription events. Mutations are always executed by graphql-js. */
export type Planner = Readonly<{ queries: Plans; subscriptions: Plans }>

type PlannerDeps = Pick<Deps, 'clock' | 'cursors' | 'env' | 'log' | 'statements'>

/**
 * Decides what answers an operation: a plan with one SQL statement, or graphql-js, which is the reference
 * (docs/decisions/060). graphql-js answers
 *
 * - everything, if `QUERY_PLANNER` is off;
 * - everything, if the installed Pothos or Prisma isn't a version the planner knows (`pothos-internals.ts`);
 * - an operation that can't be planned, such as a mutation or one with a directive (`plan-operation.ts`);
 * - an operation whose plan encounters anything but data, such as a refusal, an error or a missing row (every
 *   `Bailout`).
 *
 * A plan answers everything else. Callers run graphql-js wherever they get null instead of a plan or a result.
 *
 * @param versions - the versions of the packages in `knownVersions`
 */
export function createPlanner(deps: PlannerDeps, schema: GraphQLSchema, versions = installedVersions()): Planner {
  const { env, log, statements } = deps
  if (!env.queryPlanner) {
    log.info('QUERY_PLANNER is off: graphql-js executes every operation')
    return noPlans
  }
  const { tables } = statements
  const reason = incompatibilityOf({ schema, versions, tables })
  if (reason !== null || tables === null) {
    log.warn(
      { reason },
      'the query planner is off and graphql-js executes every operation: unknown Pothos or Prisma version',
    )
    return noPlans
  }
  const run = createPlanRunner(deps, schema, tables)

  /** Returns null instead of throwing, so that graphql-js answers. */
  function planFor(operation: OperationPlan): Plan {
    return {
      answer: async (variables, context, event) => {
        try {
          return await run(operation, variables, context, event)
        } catch (error) {
          if (databaseFailureOf(error) !== null) throw error
          // A fault in the planned SQL. It would go unnoticed without this line, because graphql-js answers.
          if (error instanceof DatabaseError) log.warn({ err: error }, 'a planned statement failed')
          return null
        }
      },
    }
  }

  function plansOf(kind: PlannedKind): Plans {
    const byDocument = new WeakMap<DocumentNode, Map<string | null, Plan | null>>()
    return (document, operationName) => {
      const byName = byDocument.get(document) ?? new Map<string | null, Plan | null>()
      byDocument.set(document, byName)
      const known = byName.get(operationName)
      if (known !== undefined) return known
      const operation = nullIfBailout(() => planOperation(schema, document, operationName, kind))
      const plan = operation === null ? null : planFor(operation)
      byName.set(operationName, plan)
      return plan
    }
  }

  return { queries: plansOf('query'), subscriptions: plansOf('subscription') }
}

const noPlans: Planner = { queries: () => null, subscriptions: () => null }

function nullIfBailout<T>(plan: () => T): T | null {
  try {
    return plan()
  } catch (error) {
    if (error instanceof Bailout) return null
    throw error
  }
}
