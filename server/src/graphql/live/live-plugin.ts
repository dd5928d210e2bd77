import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { LiveResults, LiveSubscribe } from './live-results.ts'

/**
 * Runs every subscription with `subscribe`, over every transport. Plugins that wrap the results cost time per
 * subscriber and event, so a transport that writes the results itself receives them by `onLiveResults`.
 */
export function liveSubscriptions(
  subscribe: LiveSubscribe,
): Plugin<Readonly<{ onLiveResults?: (results: LiveResults) => void }>> {
  return {
    onSubscribe: ({ args: { contextValue }, setSubscribeFn }) => {
      const { onLiveResults } = contextValue
      setSubscribeFn(async (args: ExecutionArgs) => {
        const results = await subscribe(args)
        if (Symbol.asyncIterator in results) onLiveResults?.(results)
        return results
      })
    },
  }
}
