/** A source of the present moment; tests hold it still by passing their own. */
export type Clock = Readonly<{ now(): Date }>

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() }
