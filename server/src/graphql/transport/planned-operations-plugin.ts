import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../auth/context.ts'
import type { Plans } from '../planner/run-plan.ts'

/** Has Yoga execute by plan what can be, so that it costs one statement by whichever door it came. */
export function plannedOperations(plans: Plans): Plugin<Context & { caller: { paid?: unknown } }> {
  return {
    onExecute: ({ context, executeFn, setExecuteFn }) => {
      // The short way has tried it, and left it to graphql-js.
      if (context.caller.paid !== undefined) return
      setExecuteFn(async (args) => {
        const plan = plans(args.document, args.operationName ?? null)
        if (plan === null) return executeFn(args)
        try {
          const data = await plan.answer(args.variableValues ?? {}, args.contextValue)
          return data === null ? executeFn(args) : { data }
        } catch (error) {
          // The database is not there. An error of the execution is masked like any other; one thrown closes a socket.
          if (!(error instanceof Error)) throw error
          return { data: null, errors: [new GraphQLError(error.message, { originalError: error })] }
        }
      })
    },
  }
}
