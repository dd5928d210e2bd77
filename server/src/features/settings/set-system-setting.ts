import { z } from 'zod'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { requireFreshSession } from '../../core/sessions/require-fresh-session.ts'
import { checkInput } from '../../platform/check-input.ts'
import { type Database, Prisma, type Transaction } from '../../platform/database/client.ts'
import { BadUserInputError, ForbiddenError } from '../../platform/errors.ts'
import { countOf, isRetentionKey } from '../retention/model.ts'
import { bindSecret } from './bound-secret.model.ts'
import { confirmShortening } from './confirm-shortening.ts'
import { type EncryptSettingDeps, encryptSetting } from './encrypt-setting.ts'
import { UnknownSettingError } from './errors.ts'
import { mayChangeSettings } from './policy.ts'
import { readRetention } from './read-retention.ts'
import { readSetting } from './reads.ts'
import {
  definitionOf,
  isPlaintextSettingKey,
  isSettingKey,
  type SettingDefinition,
  type SettingKey,
} from './registry.model.ts'

type SetSettingDeps = EncryptSettingDeps & Readonly<{ database: Database }>

/** A setting as somebody sends it. `description`: why it is so, null for nothing; left out, it stays. */
export type GivenSetting = Readonly<{
  key: string
  value?: unknown
  description?: string | null | undefined
  /** Whether a setting is sealed is no matter of choice; given, it must be right. */
  isEncrypted?: boolean | null | undefined
  /** How much of what is there a shorter retention may reach. */
  confirmedCount?: number | null | undefined
}>

const descriptionFormat = z.object({
  description: z.string().trim().max(1_000, 'must be at most 1000 characters').nullable(),
})

/**
 * Sets one of the known settings. One that is to be sealed is sealed on its way in. The log says which one, never what to.
 *
 * Addresses and keys take an admin's fresh session.
 *
 * @throws ForbiddenError, PasswordRequiredError, UnknownSettingError; BadUserInputError for a value that can't be one of it;
 *   ConfirmationRequiredError for a shorter retention that reaches more than was confirmed; AuditUnavailableError
 */
export async function setSystemSetting(
  deps: SetSettingDeps,
  viewer: Viewer,
  origin: Origin,
  given: GivenSetting,
): Promise<SettingKey> {
  if (!mayChangeSettings(viewer)) throw new ForbiddenError()
  const { key } = given
  if (!isSettingKey(key)) throw new UnknownSettingError()
  const { format, isSealed, needsFreshSession, boundTo } = definitionOf(key)
  if (given.isEncrypted != null && given.isEncrypted !== isSealed) throw wrongSeal(isSealed)
  const { value } = checkInput(z.object({ value: format }), { value: given.value })
  const note = given.description === undefined ? {} : checkInput(descriptionFormat, given)
  const setting = { key, ...note, updatedBy: viewer.userId }
  await deps.database.$transaction(async (tx) => {
    if (needsFreshSession) await requireFreshSession(tx, deps, viewer)
    const before = isRetentionKey(key) ? await readRetention(tx) : null
    const id = isSealed
      ? await encryptSetting(tx, deps, { ...setting, secret: await boundSecretOf(tx, String(value), boundTo) })
      : await keepClear(tx, deps, { ...setting, value })
    const confirmedCount = given.confirmedCount ?? 0
    const affected = before && (await confirmShortening(tx, viewer, { now: deps.clock.now(), before, confirmedCount }))
    await recordAudit(tx, [
      {
        action: 'settings.changed',
        resource: 'system_setting',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { key, ...(affected && { affected: countOf(affected) }) },
      },
    ])
  })
  return key
}

/** The secret with the address that is in force; the row is locked, so that the address is that one until the commit. */
async function boundSecretOf(tx: Transaction, secret: string, boundTo: SettingDefinition['boundTo']): Promise<string> {
  if (boundTo === null || !isPlaintextSettingKey(boundTo)) return secret
  await tx.$queryRaw`SELECT id FROM system_settings WHERE key = ${boundTo} FOR SHARE`
  const { value: address } = await readSetting(tx, boundTo)
  if (address === null) {
    throw new BadUserInputError('value', `value can't be set yet: set ${boundTo} first, the address the key is for.`)
  }
  return bindSecret(secret, String(address))
}

function wrongSeal(isSealed: boolean): BadUserInputError {
  const words = isSealed
    ? 'must be true or omitted: this setting is always encrypted'
    : 'must be false or omitted: this setting is not a secret'
  return new BadUserInputError('isEncrypted', `isEncrypted ${words}.`)
}

type ClearSetting = Readonly<{ key: SettingKey; value: unknown; description?: string | null; updatedBy: string }>

async function keepClear(tx: Transaction, deps: EncryptSettingDeps, given: ClearSetting): Promise<string> {
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
