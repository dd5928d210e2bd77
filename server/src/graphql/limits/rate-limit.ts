import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RateLimit, RateLimiter } from '../../core/access/rate-limiter.ts'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { RateLimitedError } from '../../platform/errors.ts'

/**
 * `extensions.cost` of a response, in points: the cost of the operation, the maximum per operation, and the caller's
 * remaining points and budget. `remaining` and `budget` are omitted for visitors, because everyone at the same address
 * shares one budget.
 */
export type AnswerCost = Readonly<{ cost: number; maxCost: number; remaining?: number; budget?: number }>

export type OperationRateLimit = Readonly<{
  /**
   * Charges the caller for an operation. Returns what the response reports about it.
   * @throws GraphQLError RATE_LIMITED if the caller has too few points left
   */
  charge(viewer: Viewer | null, origin: Origin, cost: number): AnswerCost | Promise<AnswerCost>
}>

/** Creates the rate limit on operations for all transports. */
export function createOperationRateLimit(rateLimiter: RateLimiter, maxCost: number): OperationRateLimit {
  const answerCost = (viewer: Viewer | null, cost: number, { remaining, points }: RateLimit): AnswerCost =>
    viewer === null ? { cost, maxCost } : { cost, maxCost, remaining, budget: points }
  return {
    charge: (viewer, origin, cost) => {
      const rateLimit = rateLimiter.spend(viewer, origin, cost)
      if (!(rateLimit instanceof Promise)) return answerCost(viewer, cost, rateLimit)
      return rateLimit.then(
        (budget) => answerCost(viewer, cost, budget),
        (error: unknown) => {
          throw error instanceof RateLimitedError ? tooManyRequests(error, cost) : error
        },
      )
    },
  }
}

/** Over HTTP the whole response is a 429, so that clients and proxies recognize it without parsing the body. */
function tooManyRequests({ message, code, extensions }: RateLimitedError, cost: number): GraphQLError {
  const headers = { 'retry-after': String(extensions.retryAfterSeconds) }
  return new GraphQLError(message, { extensions: { ...extensions, code, cost, http: { status: 429, headers } } })
}

type ChargedContext = Readonly<{
  cost?: number
  viewer: Viewer | null
  origin: Origin
  /** What the fast path charged before it passed the operation to Yoga, or null. */
  charge: AnswerCost | null
}>

/**
 * Charges every operation before it runs, and adds the cost to its response.
 *
 * A subscription is charged once, as a page of events, and its first event carries the cost. Further events are free:
 * the subscriber doesn't cause them, and the number of streams has its own limit.
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

/** Adds the cost to the first event only. All others pass unchanged. */
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
