/** Seconds for which a socket may send at many times its rate: a page that opens asks for all it shows at once. */
const burstSeconds = 5

/** How fast one socket sends. */
export type MessageRate = Readonly<{
  /** Counts one message. `over`: refuse what it asks for; `flood`: end it, refusing is work as well. */
  count(): 'within' | 'over' | 'flood'
}>

/** A bucket of tokens that fills with time; its debt grows with what comes although it is empty. */
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
