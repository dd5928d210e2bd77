/** A source of the current time. Tests pass a fixed one. */
export type Clock = Readonly<{ now(): Date }>

/** The system clock. */
export const systemClock: Clock = { now: () => new Date() }
