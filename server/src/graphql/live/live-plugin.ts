import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { LiveResults, LiveSubscribe } from './live-results.ts'

/**
 * Runs every subscription by `subscribe`, over every transport. What other plugins wrap around the results costs time for each
 * subscriber and each event, so a transport that writes the texts itself takes the results by `onLiveResults`.
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
