/** A source of the current time. Tests pass a fixed one. */
export type Clock = Readonly<{
  now(): Date
  /** How far the clock of this machine is ahead, in milliseconds, if this clock is another's. */
  skewMs?(): number
}>

/** The system clock. */
export const systemClock: Clock = { now: () => new Date() }
