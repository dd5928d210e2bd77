import { type BackpressuredSender, type SharedText, sharedText } from './backpressured-sender.ts'
import type { LiveResult, LiveResults } from './live-results.ts'

/**
 * Writes the results of a subscription to its socket. graphql-ws would serialize each result for each subscriber, so it
 * gets an iterator that only ends.
 *
 * @param wrapped - the results as wrapped by the plugins: the first one carries the cost of the subscription
 * @param live - the results as they are produced
 */
export type WriteResults = (
  sender: BackpressuredSender,
  id: string,
  wrapped: AsyncIterable<LiveResult>,
  live: LiveResults,
) => AsyncGenerator<never, undefined>

/**
 * Creates the result writer. It serializes each result once for all subscribers: only the operation ID in front
 * differs.
 */
export function createResultWriter(): WriteResults {
  const texts = new WeakMap<LiveResult, SharedText>()

  /** The rest of a message, after the operation ID. */
  function textOf(result: LiveResult): SharedText {
    const known = texts.get(result)
    if (known !== undefined) return known
    const text = sharedText(`${result.stringify(result)}}`)
    texts.set(result, text)
    return text
  }

  return (sender, id, wrapped, live) => {
    const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
    const done = { done: true, value: undefined } as const
    const end = async () => {
      await live.return?.()
      return done
    }
    return {
      next: async () => {
        const first = await wrapped[Symbol.asyncIterator]().next()
        if (first.done === true) return done
        await sender.sendShared(head, textOf(first.value))
        await live.drain((result) => sender.sendShared(head, textOf(result)))
        return done
      },
      return: end,
      throw: async (error) => {
        await end()
        throw error
      },
      [Symbol.asyncIterator]() {
        return this
      },
      async [Symbol.asyncDispose]() {
        await end()
      },
    }
  }
}
