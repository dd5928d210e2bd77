import type { Database } from '../../platform/database/client.ts'
import { makePartitions } from '../../platform/database/partitions.ts'

export type MakePartitionsDeps = Readonly<{ database: Database }>

const monthsAhead = 3

/**
 * Makes the partitions of the months ahead. Gives way to tables in use, and throws the database's lock_not_available
 * then: try again a little later.
 */
export async function makePartitionsAhead({ database }: MakePartitionsDeps): Promise<void> {
  await makePartitions(database, { monthsAhead })
}
