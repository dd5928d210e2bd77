import type { Database } from '../../platform/database/client.ts'
import { createMonthPartitions } from '../../platform/database/partitions.ts'

export type CreatePartitionsDeps = Readonly<{ database: Database }>

const monthsAhead = 3

/**
 * Creates the partitions of the coming months. Throws PostgreSQL's lock_not_available if the tables are in use; retry later.
 */
export async function createPartitions({ database }: CreatePartitionsDeps): Promise<void> {
  await createMonthPartitions(database, { monthsAhead })
}
