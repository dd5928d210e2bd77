import type { Bursts } from '../../core/audit/bursts.ts'

export type RecordBurstsDeps = Readonly<{ bursts: Pick<Bursts, 'flush'> }>

/** Puts on record what bursts of refusals have left over. Returns how many entries that took. */
export async function recordBursts({ bursts }: RecordBurstsDeps): Promise<{ entries: number }> {
  return { entries: await bursts.flush() }
}
