import type { Database } from '../../platform/database/client.ts'
import type { ModelSettings } from './model.ts'

/** The configuration that a pastor's briefs are written by. */
export type ActiveConfiguration = ModelSettings & Readonly<{ id: string; mayGetHighSensitivity: boolean }>

/** The active configuration of a pastor: their own before the church's. Null: the rules write. */
export async function findActiveConfiguration(
  database: Database,
  ownerId: string,
): Promise<ActiveConfiguration | null> {
  const [found] = await database.$queryRaw<ActiveConfiguration[]>`
    SELECT id, provider::text, model, "maxTokens", temperature::float8, "promptTemplate", "piiDetection",
      EXISTS (
        SELECT FROM ai_consents a WHERE a."configurationId" = c.id AND a."userId" = ${ownerId}::uuid
      ) AS "mayGetHighSensitivity"
    FROM ai_configurations c
    WHERE "isActive" AND ("userId" = ${ownerId}::uuid OR "userId" IS NULL)
    ORDER BY "userId" NULLS LAST LIMIT 1`
  return found ?? null
}
