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

/** The input. A null `description` clears it; if omitted, it stays. */
export type SettingInput = Readonly<{
  key: string
  value?: unknown
  description?: string | null | undefined
  /** Whether a setting is encrypted is fixed; if given, it must match. */
  isEncrypted?: boolean | null | undefined
  /** The number of existing items that a shorter retention may affect. */
  confirmedCount?: number | null | undefined
}>

const descriptionFormat = z.object({
  description: z.string().trim().max(1_000, 'must be at most 1000 characters').nullable(),
})

/**
 * Sets a setting. Encrypts the value if the setting requires it. The audit log records the key, never the value. Addresses
 * and API keys require a recently confirmed password.
 *
 * @throws ForbiddenError, PasswordRequiredError, UnknownSettingError, AuditUnavailableError
 * @throws BadUserInputError for an invalid value
 * @throws ConfirmationRequiredError if a shorter retention affects more than was confirmed
 */
export async function setSystemSetting(
  deps: SetSettingDeps,
  viewer: Viewer,
  origin: Origin,
  input: SettingInput,
): Promise<SettingKey> {
  if (!mayChangeSettings(viewer)) throw new ForbiddenError()
  const { key } = input
  if (!isSettingKey(key)) throw new UnknownSettingError()
  const { format, isEncrypted, needsFreshSession, boundTo } = definitionOf(key)
  if (input.isEncrypted != null && input.isEncrypted !== isEncrypted) throw wrongEncryptionError(isEncrypted)
  const { value } = checkInput(z.object({ value: format }), { value: input.value })
  const note = input.description === undefined ? {} : checkInput(descriptionFormat, input)
  const setting = { key, ...note, updatedBy: viewer.userId }
  await deps.database.$transaction(async (tx) => {
    if (needsFreshSession) await requireFreshSession(tx, deps, viewer)
    const before = isRetentionKey(key) ? await readRetention(tx) : null
    const id = isEncrypted
      ? await encryptSetting(tx, deps, { ...setting, secret: await boundSecretOf(tx, String(value), boundTo) })
      : await upsertPlaintext(tx, deps, { ...setting, value })
    const confirmedCount = input.confirmedCount ?? 0
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

/**
 * Binds a secret to its provider's current address. Locks that setting's row, so that the address can't change before the
 * commit.
 */
async function boundSecretOf(tx: Transaction, secret: string, boundTo: SettingDefinition['boundTo']): Promise<string> {
  if (boundTo === null || !isPlaintextSettingKey(boundTo)) return secret
  await tx.$queryRaw`SELECT id FROM system_settings WHERE key = ${boundTo} FOR SHARE`
  const { value: address } = await readSetting(tx, boundTo)
  if (address === null) {
    throw new BadUserInputError('value', `value can't be set yet: set ${boundTo} first, the address the key is for.`)
  }
  return bindSecret(secret, String(address))
}

function wrongEncryptionError(isEncrypted: boolean): BadUserInputError {
  const requirement = isEncrypted
    ? 'must be true or omitted: this setting is always encrypted'
    : 'must be false or omitted: this setting is not a secret'
  return new BadUserInputError('isEncrypted', `isEncrypted ${requirement}.`)
}

type PlaintextSetting = Readonly<{ key: SettingKey; value: unknown; description?: string | null; updatedBy: string }>

async function upsertPlaintext(tx: Transaction, deps: EncryptSettingDeps, setting: PlaintextSetting): Promise<string> {
  const { key, description, updatedBy } = setting
  const now = deps.clock.now()
  const nextDescription = description === undefined ? Prisma.sql`s.description` : Prisma.sql`EXCLUDED.description`
  // A single upsert, so that of two concurrent writers both succeed, one after the other.
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO system_settings AS s (id, key, value, description, "updatedBy", "createdAt", "updatedAt")
    VALUES (${deps.newId()}::uuid, ${key}, ${JSON.stringify(setting.value)}::jsonb, ${description ?? null},
      ${updatedBy}::uuid, ${now}::timestamptz, ${now}::timestamptz)
    ON CONFLICT (key) DO UPDATE
    SET value = EXCLUDED.value, "isEncrypted" = false, description = ${nextDescription},
      "updatedBy" = EXCLUDED."updatedBy", "updatedAt" = EXCLUDED."updatedAt"
    RETURNING id`
  if (row === undefined) throw new Error('an upsert returned no row')
  return row.id
}
