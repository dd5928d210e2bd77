import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'
import type { ModelSettings } from './model.ts'
import type { AiConsent, AiOffer } from './terms.model.ts'

/** A configuration, its provider's address as stored, and the consent of one user. */
export type OfferRow = Omit<AiOffer, 'baseUrl'> & Readonly<{ storedBaseUrl: unknown }>

type FlatOffer = ModelSettings &
  Readonly<{ id: string; userId: string | null; storedBaseUrl: unknown; consent: AiConsentJson | null }>

/** Times come out of jsonb as text. */
type AiConsentJson = Omit<AiConsent, 'createdAt' | 'lapsedAt'> &
  Readonly<{ createdAt: string; lapsedAt: string | null }>

/**
 * A configuration that a user's bookings could be sent by, with what the user agreed to: the one of `configurationId`, or the
 * active one, the user's own before the church's. One statement, so that no part is newer than another. Null: there is none.
 */
export async function findOffer(
  database: Pick<Transaction, '$queryRaw'>,
  userId: string,
  configurationId: string | null = null,
): Promise<OfferRow | null> {
  const [found] = await database.$queryRaw<FlatOffer[]>`
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

/** Who agreed to a configuration, whether or not it is in force. */
export async function listAgreedUsers(database: Database, configurationId: string): Promise<string[]> {
  const rows = await database.aiConsent.findMany({ where: { configurationId, user: { isActive: true } } })
  return rows.map(({ userId }) => userId)
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
