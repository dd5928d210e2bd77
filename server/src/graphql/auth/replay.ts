import type { Context } from './context.ts'

const replayed = Symbol('replayed')

/**
 * Makes a subscription replay one past event instead of following live ones. Used to run a stored subscription for an
 * event.
 */
export function replayOnly(context: Context, event: unknown): void {
  context.memo.set(replayed, event)
}

/**
 * A stream of the one event being replayed, or null if the subscription is live. Only the field that `replayOnly` was
 * called for may call this, because only it knows the type of its events.
 */
export function replayOf<Event>(context: Context): AsyncIterableIterator<Event> | null {
  if (!context.memo.has(replayed)) return null
  return singleEvent(context.memo.get(replayed) as Event) // the event was stored for this field
}

async function* singleEvent<Event>(event: Event): AsyncGenerator<Event, undefined> {
  yield event
}
