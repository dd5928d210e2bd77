import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { requireFreshSession } from '../../core/sessions/require-fresh-session.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import { countOf, isRetentionKey } from '../retention/model.ts'
import { confirmShortening } from './confirm-shortening.ts'
import { UnknownSettingError } from './errors.ts'
import { mayChangeSettings } from './policy.ts'
import { readRetention } from './read-retention.ts'
import { definitionOf, isSettingKey, type SettingKey } from './registry.model.ts'

/**
 * Deletes a setting: its default applies again, and an encrypted value is gone. Idempotent.
 *
 * @throws ForbiddenError, PasswordRequiredError, UnknownSettingError, ConfirmationRequiredError, AuditUnavailableError
 */
export async function deleteSystemSetting(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  viewer: Viewer,
  origin: Origin,
  { key, confirmedCount }: Readonly<{ key: string; confirmedCount?: number | null | undefined }>,
): Promise<SettingKey> {
  if (!mayChangeSettings(viewer)) throw new ForbiddenError()
  if (!isSettingKey(key)) throw new UnknownSettingError()
  await database.$transaction(async (tx) => {
    if (definitionOf(key).needsFreshSession) await requireFreshSession(tx, { clock }, viewer)
    const before = isRetentionKey(key) ? await readRetention(tx) : null
    const rows = await tx.$queryRaw<{ id: string }[]>`DELETE FROM system_settings WHERE key = ${key} RETURNING id`
    const confirmation = { now: clock.now(), confirmedCount: confirmedCount ?? 0 }
    const affected = before && (await confirmShortening(tx, viewer, { ...confirmation, before }))
    await recordAudit(
      tx,
      rows.map(({ id }) => ({
        action: 'settings.changed',
        resource: 'system_setting',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { key, ...(affected && { affected: countOf(affected) }) },
      })),
    )
  })
  return key
}
