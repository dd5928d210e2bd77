import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RateLimit, RateLimiter } from '../../core/access/rate-limiter.ts'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { RateLimitedError } from '../../platform/errors.ts'

/**
 * `extensions.cost` of an answer: what it cost, what one operation may cost, and what the caller has left of how much. A visitor
 * isn't told the last two: others at the same address have spent of it too.
 */
export type AnswerCost = Readonly<{ cost: number; maxCost: number; remaining?: number; budget?: number }>

export type OperationRateLimit = Readonly<{
  /**
   * Spends what an operation costs, and gives what its answer says about it.
   * @throws GraphQLError RATE_LIMITED when the caller has not so much left
   */
  spend(viewer: Viewer | null, origin: Origin, cost: number): AnswerCost | Promise<AnswerCost>
}>

/** How operations are paid for, the same at every door. */
export function createOperationRateLimit(budgets: RateLimiter, maxCost: number): OperationRateLimit {
  const answerCost = (viewer: Viewer | null, cost: number, { remaining, points }: RateLimit): AnswerCost =>
    viewer === null ? { cost, maxCost } : { cost, maxCost, remaining, budget: points }
  return {
    spend: (viewer, origin, cost) => {
      const spent = budgets.spend(viewer, origin, cost)
      if (!(spent instanceof Promise)) return answerCost(viewer, cost, spent)
      return spent.then(
        (budget) => answerCost(viewer, cost, budget),
        (error: unknown) => {
          throw error instanceof RateLimitedError ? tooManyRequests(error, cost) : error
        },
      )
    },
  }
}

/** Over HTTP the whole answer is then a 429, so that clients and proxies know it without reading it. */
function tooManyRequests({ message, code, extensions }: RateLimitedError, cost: number): GraphQLError {
  const headers = { 'retry-after': String(extensions.retryAfterSeconds) }
  return new GraphQLError(message, { extensions: { ...extensions, code, cost, http: { status: 429, headers } } })
}

type PaidContext = { cost?: number; viewer: Viewer | null; origin: Origin; caller: { paid?: AnswerCost } }

/**
 * Has every operation paid for before it runs, and its answer say what it cost.
 *
 * A subscription is paid for once, as a page of events, and says so with its first. Events are not: it isn't the
 * subscriber who makes them happen, and how many streams there may be is limited elsewhere.
 */
export function chargeOperations(spending: OperationRateLimit): Plugin<PaidContext> {
  return {
    onExecute: async ({ context, setResultAndStopExecution }) => {
      const { cost, viewer, origin, caller } = context
      if (cost === undefined) return
      try {
        // Paid where it was tried by the short way, which left it to this one.
        const paid = caller.paid ?? (await spending.spend(viewer, origin, cost))
        return {
          onExecuteDone: ({ result, setResult }) => {
            if (!(Symbol.asyncIterator in result)) setResult(withCost(result, paid))
          },
        }
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        setResultAndStopExecution({ errors: [error] })
        return
      }
    },
    onSubscribe: async ({ context, setResultAndStopExecution }) => {
      const { cost, viewer, origin } = context
      if (cost === undefined) return
      try {
        const paid = await spending.spend(viewer, origin, cost)
        return {
          onSubscribeResult: ({ result, setResult }) => {
            setResult(Symbol.asyncIterator in result ? withCostFirst(result, paid) : withCost(result, paid))
          },
        }
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        setResultAndStopExecution({ errors: [error] })
        return
      }
    },
  }
}

function withCost<T extends ExecutionResult>(result: T, cost: AnswerCost): T {
  return { ...result, extensions: { ...result.extensions, cost } }
}

/** Only the first event is touched: all others pass as they are. */
function withCostFirst<T extends ExecutionResult>(
  results: AsyncIterable<T>,
  cost: AnswerCost,
): AsyncIterableIterator<T> {
  const iterator = results[Symbol.asyncIterator]()
  let isFirst = true
  return {
    next: async () => {
      const next = await iterator.next()
      if (next.done === true || !isFirst) return next
      isFirst = false
      return { done: false, value: withCost(next.value, cost) }
    },
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
