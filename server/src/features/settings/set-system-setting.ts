import { z } from 'zod'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import { type Database, Prisma, type Transaction } from '../../platform/database/client.ts'
import { BadUserInputError, ForbiddenError } from '../../platform/errors.ts'
import { UnknownSettingError } from './errors.ts'
import { maySetUpTheHouse } from './policy.ts'
import { definitionOf, isSettingKey, type SettingKey } from './registry.model.ts'
import { type SealSettingDeps, sealSetting } from './seal-setting.ts'

type SetSettingDeps = SealSettingDeps & Readonly<{ database: Database }>

/** A setting as somebody sends it. `description`: why it is so, null for nothing; left out, it stays. */
export type GivenSetting = Readonly<{
  key: string
  value?: unknown
  description?: string | null | undefined
  /** Whether a setting is sealed is no matter of choice; given, it must be right. */
  isEncrypted?: boolean | null | undefined
}>

const descriptionFormat = z.object({
  description: z.string().trim().max(1_000, 'must be at most 1000 characters').nullable(),
})

/**
 * Sets one of the known settings. One that is to be sealed is sealed on its way in. The log says which one, never what to.
 *
 * @throws ForbiddenError, UnknownSettingError; BadUserInputError for a value that can't be one of it;
 *   AuditUnavailableError
 */
export async function setSystemSetting(
  deps: SetSettingDeps,
  viewer: Viewer,
  origin: Origin,
  given: GivenSetting,
): Promise<SettingKey> {
  if (!maySetUpTheHouse(viewer)) throw new ForbiddenError()
  const { key } = given
  if (!isSettingKey(key)) throw new UnknownSettingError()
  const { format, isSealed } = definitionOf(key)
  if (given.isEncrypted != null && given.isEncrypted !== isSealed) throw wrongSeal(isSealed)
  const { value } = checkInput(z.object({ value: format }), { value: given.value })
  const note = given.description === undefined ? {} : checkInput(descriptionFormat, given)
  const setting = { key, ...note, updatedBy: viewer.userId }
  await deps.database.$transaction(async (tx) => {
    const id = isSealed
      ? await sealSetting(tx, deps, { ...setting, secret: String(value) })
      : await keepClear(tx, deps, { ...setting, value })
    await recordAudit(tx, [
      {
        action: 'settings.changed',
        resource: 'system_setting',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { key },
      },
    ])
  })
  return key
}

function wrongSeal(isSealed: boolean): BadUserInputError {
  const words = isSealed
    ? 'must be true or omitted: this setting is always encrypted'
    : 'must be false or omitted: this setting is not a secret'
  return new BadUserInputError('isEncrypted', `isEncrypted ${words}.`)
}

type ClearSetting = Readonly<{ key: SettingKey; value: unknown; description?: string | null; updatedBy: string }>

async function keepClear(tx: Transaction, deps: SealSettingDeps, given: ClearSetting): Promise<string> {
  const { key, description, updatedBy } = given
  const now = deps.clock.now()
  const kept = description === undefined ? Prisma.sql`s.description` : Prisma.sql`EXCLUDED.description`
  // One statement, so that two who set it at once both succeed, one after the other.
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO system_settings AS s (id, key, value, description, "updatedBy", "createdAt", "updatedAt")
    VALUES (${deps.newId()}::uuid, ${key}, ${JSON.stringify(given.value)}::jsonb, ${description ?? null},
      ${updatedBy}::uuid, ${now}::timestamptz, ${now}::timestamptz)
    ON CONFLICT (key) DO UPDATE
    SET value = EXCLUDED.value, "isEncrypted" = false, description = ${kept},
      "updatedBy" = EXCLUDED."updatedBy", "updatedAt" = EXCLUDED."updatedAt"
    RETURNING id`
  if (row === undefined) throw new Error('an upsert returned no row')
  return row.id
}
