import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RateLimit, RateLimiter } from '../../core/access/rate-limiter.ts'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { RateLimitedError } from '../../platform/errors.ts'

/**
 * `extensions.cost` of an answer: what it cost, what one operation may cost, and what the caller has left of how much. A visitor
 * isn't told the last two: others at the same address share that budget.
 */
export type AnswerCost = Readonly<{ cost: number; maxCost: number; remaining?: number; budget?: number }>

export type OperationRateLimit = Readonly<{
  /**
   * Charges the caller what an operation costs, and returns what its answer says about it.
   * @throws GraphQLError RATE_LIMITED when the caller hasn't so much left
   */
  charge(viewer: Viewer | null, origin: Origin, cost: number): AnswerCost | Promise<AnswerCost>
}>

/** Charges operations, the same over every transport. */
export function createOperationRateLimit(rateLimiter: RateLimiter, maxCost: number): OperationRateLimit {
  const answerCost = (viewer: Viewer | null, cost: number, { remaining, points }: RateLimit): AnswerCost =>
    viewer === null ? { cost, maxCost } : { cost, maxCost, remaining, budget: points }
  return {
    charge: (viewer, origin, cost) => {
      const spent = rateLimiter.spend(viewer, origin, cost)
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

type ChargedContext = Readonly<{
  cost?: number
  viewer: Viewer | null
  origin: Origin
  /** What the fast path has charged for the operation before it left it to Yoga, or null. */
  charge: AnswerCost | null
}>

/**
 * Charges every operation before it runs, and adds the cost to its answer.
 *
 * A subscription is charged once, as a page of events, and its first event carries the cost. Further events are free: the
 * subscriber doesn't cause them, and the number of streams is limited elsewhere.
 */
export function chargeOperations(rateLimit: OperationRateLimit): Plugin<ChargedContext> {
  return {
    onExecute: async ({ context, setResultAndStopExecution }) => {
      const { cost, viewer, origin } = context
      if (cost === undefined) return
      try {
        const charge = context.charge ?? (await rateLimit.charge(viewer, origin, cost))
        return {
          onExecuteDone: ({ result, setResult }) => {
            if (!(Symbol.asyncIterator in result)) setResult(withCost(result, charge))
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
        const charge = await rateLimit.charge(viewer, origin, cost)
        return {
          onSubscribeResult: ({ result, setResult }) => {
            setResult(Symbol.asyncIterator in result ? withCostFirst(result, charge) : withCost(result, charge))
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
