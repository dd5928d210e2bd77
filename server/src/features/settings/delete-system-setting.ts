import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import { UnknownSettingError } from './errors.ts'
import { maySetUpTheHouse } from './policy.ts'
import { isSettingKey, type SettingKey } from './registry.model.ts'

/**
 * Takes a setting back: what holds unless set holds again, and a sealed value is gone. Done twice is no error.
 *
 * @throws ForbiddenError, UnknownSettingError, AuditUnavailableError
 */
export async function deleteSystemSetting(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  { key }: Readonly<{ key: string }>,
): Promise<SettingKey> {
  if (!maySetUpTheHouse(viewer)) throw new ForbiddenError()
  if (!isSettingKey(key)) throw new UnknownSettingError()
  await database.$transaction(async (tx) => {
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
