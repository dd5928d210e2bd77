import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'
import type { ModelSettings } from './model.ts'
import type { AiConsent, ConfigurationWithConsent } from './terms.model.ts'

/** A configuration, the stored address of its provider, and one user's consent. */
export type ConfigurationWithConsentRow = Omit<ConfigurationWithConsent, 'baseUrl'> &
  Readonly<{ storedBaseUrl: unknown }>

type FlatConfigurationRow = ModelSettings &
  Readonly<{ id: string; userId: string | null; storedBaseUrl: unknown; consent: AiConsentJson | null }>

/** In jsonb, times are text. */
type AiConsentJson = Omit<AiConsent, 'createdAt' | 'lapsedAt'> &
  Readonly<{ createdAt: string; lapsedAt: string | null }>

/**
 * Finds a configuration that applies to a user's bookings, with the user's consent: the one with `configurationId`, or the
 * active one, the user's own before the church's. One statement, so that all parts come from one snapshot. Null if there is
 * none.
 */
export async function findConfigurationWithConsent(
  database: Pick<Transaction, '$queryRaw'>,
  userId: string,
  configurationId: string | null = null,
): Promise<ConfigurationWithConsentRow | null> {
  const [found] = await database.$queryRaw<FlatConfigurationRow[]>`
    SELECT c.id, c."userId", c.provider::text, c.model, c."maxTokens", c.temperature::float8, c."promptTemplate",
      c."piiDetection",
      (SELECT CASE WHEN NOT s."isEncrypted" THEN s.value END
        FROM system_settings s WHERE s.key = 'ai.' || c.provider::text || '.baseUrl') AS "storedBaseUrl",
      (SELECT to_jsonb(a) FROM ai_consents a
        WHERE a."configurationId" = c.id AND a."userId" = ${userId}::uuid) AS consent
    FROM ai_configurations c
    WHERE (c."userId" = ${userId}::uuid OR c."userId" IS NULL)
      AND CASE WHEN ${configurationId}::uuid IS NULL THEN c."isActive" ELSE c.id = ${configurationId}::uuid END
    ORDER BY c."userId" NULLS LAST LIMIT 1`
  if (found === undefined) return null
  const { id, userId: ownerId, storedBaseUrl, consent, ...settings } = found
  return { id, userId: ownerId, settings, storedBaseUrl, consent: consent === null ? null : consentOf(consent) }
}

function consentOf(json: AiConsentJson): AiConsent {
  const lapsedAt = json.lapsedAt === null ? null : new Date(json.lapsedAt)
  return { ...json, createdAt: new Date(json.createdAt), lapsedAt }
}

/** The active users who have consented to a configuration, whether or not the consent is still valid. */
export async function listAgreedUsers(database: Database, configurationId: string): Promise<string[]> {
  const rows = await database.aiConsent.findMany({ where: { configurationId, user: { isActive: true } } })
  return rows.map(({ userId }) => userId)
}

/** The part of a Prisma query that Pothos derives from the selected fields. */
type Selection = { include?: Prisma.AiConfigurationInclude; select?: Prisma.AiConfigurationSelect }

/** The configurations that a viewer may read: their own and the church's, or all for an admin. */
export function visibleConfigurations(viewer: Viewer): Prisma.AiConfigurationWhereInput {
  return viewer.role === 'admin' ? {} : { OR: [{ userId: viewer.userId }, { userId: null }] }
}

/** A list of configurations, newest first: its filter, its sort order, and the rows that cursors may point to. */
export function configurationList(viewer: Viewer) {
  // The ID breaks ties.
  const orderBy: Prisma.AiConfigurationOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
  return { where: visibleConfigurations(viewer), orderBy, scope: visibleConfigurations(viewer) }
}

/** Reads a configuration that is known to exist, with the selected fields. */
export function configurationOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.aiConfiguration.findUniqueOrThrow({ ...query, where: { id } })
}

export type ConfigurationRow = Prisma.AiConfigurationGetPayload<object>

/** Finds a configuration by ID, without checking access. */
export function findConfiguration(
  database: Pick<Transaction, 'aiConfiguration'>,
  id: string,
): Promise<ConfigurationRow | null> {
  return database.aiConfiguration.findUnique({ where: { id } })
}
