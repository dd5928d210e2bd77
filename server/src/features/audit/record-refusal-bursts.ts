import type { Bursts } from '../../core/audit/bursts.ts'

export type RecordRefusalBurstsDeps = Readonly<{ bursts: Pick<Bursts, 'flush'> }>

/** Writes the counts of repeated refusals that are still pending to the audit log. Returns the number of entries. */
export async function recordRefusalBursts({ bursts }: RecordRefusalBurstsDeps): Promise<{ entries: number }> {
  return { entries: await bursts.flush() }
}
