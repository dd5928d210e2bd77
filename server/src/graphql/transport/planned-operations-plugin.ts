import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../auth/context.ts'
import type { AnswerCost } from '../limits/rate-limit.ts'
import type { Plans } from '../planner/planner.ts'

/** Answers queries by their plans, over every transport. graphql-js executes operations without one. */
export function plannedOperations(plans: Plans): Plugin<Context & Readonly<{ charge: AnswerCost | null }>> {
  return {
    onExecute: ({ context, executeFn, setExecuteFn }) => {
      // The fast path has charged for the operation, so its plan has already bailed out.
      if (context.charge !== null) return
      setExecuteFn(async (args) => {
        const plan = plans(args.document, args.operationName ?? null)
        if (plan === null) return executeFn(args)
        try {
          const data = await plan.answer(args.variableValues ?? {}, args.contextValue)
          return data === null ? executeFn(args) : { data }
        } catch (error) {
          // The database can't be reached. In a result the error is masked; thrown, it would close a WebSocket.
          if (!(error instanceof Error)) throw error
          return { data: null, errors: [new GraphQLError(error.message, { originalError: error })] }
        }
      })
    },
  }
}
