/** Who asks for an event. For each time it asks, one of the three is called, once, and perhaps before asking returns. */
export type EventReader<Event> = Readonly<{
  take(event: Event): void
  /** There are no more. */
  end(): void
  fail(error: unknown): void
}>

/**
 * Events that can be asked for without a promise. One that comes to thousands is handed to all of them in one turn: a
 * promise for each would cost more than all the rest of its way to them, and keep the garbage collector busy.
 */
export type EventSource<Event> = AsyncIterableIterator<Event, undefined> &
  Readonly<{
    /** Asks for the next event. Nobody asks again before the one before has come. */
    ask(asker: EventReader<Event>): void
  }>

/** An event source out of what answers those who ask. */
export function eventSource<Event>(ask: (asker: EventReader<Event>) => void, end: () => void): EventSource<Event> {
  const done = { done: true, value: undefined } as const
  return {
    ask,
    next: () =>
      new Promise((resolve, reject) => {
        ask({ take: (value) => resolve({ done: false, value }), end: () => resolve(done), fail: reject })
      }),
    return: async () => {
      end()
      return done
    },
    throw: async (error) => {
      end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** How to ask whatever gives events, whether it knows of asking or not. */
export function readerOf(source: AsyncIterator<unknown>): (asker: EventReader<unknown>) => void {
  if (isEventSource(source)) return (asker) => source.ask(asker)
  return ({ take, end, fail }) =>
    void source.next().then((result) => (result.done === true ? end() : take(result.value)), fail)
}

function isEventSource(source: AsyncIterator<unknown>): source is EventSource<unknown> {
  return 'ask' in source && typeof source.ask === 'function'
}
