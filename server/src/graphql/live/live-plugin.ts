import type { Plugin } from 'graphql-yoga'
import type { Plans } from '../planner/run-plan.ts'
import { createLiveSubscribe, type LiveResults } from './live-results.ts'

/** The answers of each subscription under way, by its context. */
const resultsByContext = new WeakMap<object, LiveResults>()

/**
 * Has every subscription run by `createLiveSubscribe`, whichever door it came in by. What other plugins wrap around its
 * answers is paid for by each subscriber and each event, so a door that writes the texts itself takes them from here.
 */
export function liveSubscriptions(maskError: (error: unknown) => Error, plans: Plans): Plugin {
  const subscribe = createLiveSubscribe(maskError, plans)
  return {
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn(async (args: Parameters<typeof subscribe>[0]) => {
        const results = await subscribe(args)
        // Every operation has a context: yoga.ts makes it.
        if (Symbol.asyncIterator in results) resultsByContext.set(args.contextValue as object, results)
        return results
      })
    },
  }
}

/** The answers of the subscription that was started with this context, as they were made. */
export function liveResultsOf(context: object): LiveResults | undefined {
  return resultsByContext.get(context)
}
