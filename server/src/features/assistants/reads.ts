import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'
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

/** A part of a Prisma query that Pothos made from what was selected. */
type Selection = { include?: Prisma.AiConfigurationInclude; select?: Prisma.AiConfigurationSelect }

/** The configurations that exist for a viewer: one's own and the church's, or all for an admin. */
export function visibleConfigurations(viewer: Viewer): Prisma.AiConfigurationWhereInput {
  return viewer.role === 'admin' ? {} : { OR: [{ userId: viewer.userId }, { userId: null }] }
}

/** Configurations, newest first: the id settles equal times. */
export function listConfigurations<Query extends Selection>(database: Database, viewer: Viewer, query: Query) {
  return database.aiConfiguration.findMany({
    ...query,
    where: visibleConfigurations(viewer),
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
}

export function countConfigurations(database: Database, viewer: Viewer): Promise<number> {
  return database.aiConfiguration.count({ where: visibleConfigurations(viewer) })
}

export async function isVisibleConfiguration(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.aiConfiguration.count({ where: { AND: [visibleConfigurations(viewer), { id }] } })) > 0
}

/** A configuration that is known to exist, with what was selected. */
export function configurationOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.aiConfiguration.findUniqueOrThrow({ ...query, where: { id } })
}

/** A configuration as it stands in the table. */
export type ConfigurationRow = Prisma.AiConfigurationGetPayload<object>

/** The configuration of that id, whoever's it is, or null. */
export function findConfiguration(
  database: Pick<Transaction, 'aiConfiguration'>,
  id: string,
): Promise<ConfigurationRow | null> {
  return database.aiConfiguration.findUnique({ where: { id } })
}

/** Whether a user lets what is High go by a configuration. */
export async function hasConsented(database: Database, userId: string, configurationId: string): Promise<boolean> {
  return (await database.aiConsent.count({ where: { configurationId, userId } })) > 0
}
