import type { Context } from './context.ts'

const replayed = Symbol('replayed')

/** Makes an operation follow one event that has been, and nothing live: how a stored subscription is run for an event. */
export function replayOnly(context: Context, event: unknown): void {
  context.memo.set(replayed, event)
}

/**
 * The one event that an operation is run for, as the only one of a stream; null where it follows live.
 * Only the field that `replayOnly` was called for may ask, since only it knows what its events are.
 */
export function replayOf<Event>(context: Context): AsyncIterableIterator<Event> | null {
  if (!context.memo.has(replayed)) return null
  return onlyOne(context.memo.get(replayed) as Event) // whoever stored the event stored one of this field's
}

async function* onlyOne<Event>(event: Event): AsyncGenerator<Event, undefined> {
  yield event
}
