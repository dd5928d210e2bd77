import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { requireFreshSession } from '../../core/sessions/require-fresh-session.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import { UnknownSettingError } from './errors.ts'
import { maySetUpTheHouse } from './policy.ts'
import { definitionOf, isSettingKey, type SettingKey } from './registry.model.ts'

/**
 * Takes a setting back: what holds unless set holds again, and a sealed value is gone. Done twice is no error.
 *
 * @throws ForbiddenError, PasswordRequiredError, UnknownSettingError, AuditUnavailableError
 */
export async function deleteSystemSetting(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  viewer: Viewer,
  origin: Origin,
  { key }: Readonly<{ key: string }>,
): Promise<SettingKey> {
  if (!maySetUpTheHouse(viewer)) throw new ForbiddenError()
  if (!isSettingKey(key)) throw new UnknownSettingError()
  await database.$transaction(async (tx) => {
    if (definitionOf(key).needsFreshSession) await requireFreshSession(tx, { clock }, viewer)
    const rows = await tx.$queryRaw<{ id: string }[]>`DELETE FROM system_settings WHERE key = ${key} RETURNING id`
    await recordAudit(
      tx,
      rows.map(({ id }) => ({
        action: 'settings.changed',
        resource: 'system_setting',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { key },
      })),
    )
  })
  return key
}
