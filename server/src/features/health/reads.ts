import type { Database } from '../../platform/database/client.ts'

/** Whether the database is reachable and fully migrated. */
export async function isReady(database: Database): Promise<boolean> {
  try {
    const [row] = await database.$queryRaw<{ migrated: boolean }[]>`
      SELECT NOT EXISTS (
        SELECT FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL
      ) AS migrated`
    return row?.migrated === true
  } catch {
    return false
  }
}
