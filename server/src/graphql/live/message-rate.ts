/** Seconds of messages that a socket may send in a burst: a page that opens starts all its operations at once. */
const burstSeconds = 5

/** The rate at which one socket sends. */
export type MessageRate = Readonly<{
  /** Counts one message. `over`: reject the operation. `flood`: close the socket, because rejecting costs work too. */
  count(): 'within' | 'over' | 'flood'
}>

/** A token bucket that can go into debt: messages count even while it is empty. */
export function createMessageRate(messagesPerSecond: number, now: () => number = () => performance.now()): MessageRate {
  const most = messagesPerSecond * burstSeconds
  let left = most
  let countedAt = now()
  return {
    count: () => {
      const at = now()
      left = Math.min(most, left + ((at - countedAt) / 1_000) * messagesPerSecond) - 1
      countedAt = at
      if (left >= 0) return 'within'
      return left > -most ? 'over' : 'flood'
    },
  }
}
