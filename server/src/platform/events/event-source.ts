/** Receives one event. For each `read`, exactly one of the callbacks is called, once, perhaps before `read` returns. */
export type EventReader<Event> = Readonly<{
  take(event: Event): void
  /** There are no more events. */
  end(): void
  fail(error: unknown): void
}>

/**
 * Events that can be read without a promise. An event for thousands of readers is delivered to all of them in one turn:
 * a promise for each would cost more than the rest of the delivery and burden the garbage collector.
 */
export type EventSource<Event> = AsyncIterableIterator<Event, undefined> &
  Readonly<{
    /** Reads the next event. Don't call it again before the previous event has arrived. */
    read(reader: EventReader<Event>): void
  }>

/** Creates an event source from a function that serves readers. */
export function eventSource<Event>(read: (reader: EventReader<Event>) => void, end: () => void): EventSource<Event> {
  const done = { done: true, value: undefined } as const
  return {
    read,
    next: () =>
      new Promise((resolve, reject) => {
        read({ take: (value) => resolve({ done: false, value }), end: () => resolve(done), fail: reject })
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

/** How to read events from any iterator, whether or not it is an EventSource. */
export function readerOf(source: AsyncIterator<unknown>): (reader: EventReader<unknown>) => void {
  if (isEventSource(source)) return (reader) => source.read(reader)
  return ({ take, end, fail }) =>
    void source.next().then((result) => (result.done === true ? end() : take(result.value)), fail)
}

function isEventSource(source: AsyncIterator<unknown>): source is EventSource<unknown> {
  // With the cast, the compiler knows the name of the method.
  return typeof (source as Partial<EventSource<unknown>>).read === 'function'
}
