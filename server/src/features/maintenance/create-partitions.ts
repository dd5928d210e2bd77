import type { Database } from '../../platform/database/client.ts'
import { createMonthPartitions } from '../../platform/database/partitions.ts'

export type CreatePartitionsDeps = Readonly<{ database: Database }>

const monthsAhead = 3

/**
 * Makes the partitions of the months ahead. Gives way to tables in use, and throws the database's lock_not_available
 * then: try again a little later.
 */
export async function createPartitions({ database }: CreatePartitionsDeps): Promise<void> {
  await createMonthPartitions(database, { monthsAhead })
}
