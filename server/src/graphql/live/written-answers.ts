import type { BackpressuredSender } from './backpressured-sender.ts'
import type { LiveResult, LiveResults } from './live-results.ts'
import { type SharedText, sharedText } from './shared-text.ts'

/** What goes out of an answer behind the id of whoever gets it. */
const texts = new WeakMap<LiveResult, SharedText>()

/**
 * Writes the answers of a subscription to its socket, each as a text that is made once for all who get it: only the id in
 * front differs. graphql-ws, which would serialize each answer for each subscriber, sees a stream that only ends.
 *
 * @param wrapped - the answers as the plugins leave them: the first one says what the subscription costs
 */
export function writtenTo(
  outlet: BackpressuredSender,
  id: string,
  wrapped: AsyncIterable<LiveResult>,
  live: LiveResults,
): AsyncGenerator<never, undefined> {
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
      await outlet.sendShared(head, textOf(first.value))
      await live.drain((result) => outlet.sendShared(head, textOf(result)))
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

function textOf(result: LiveResult): SharedText {
  const known = texts.get(result)
  if (known !== undefined) return known
  const text = sharedText(`${result.stringify(result)}}`)
  texts.set(result, text)
  return text
}
