import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { webhookSecretFormat } from '../../../platform/config/key-formats.ts'
import type { Database } from '../../../platform/database/client.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { type EncryptSettingDeps, encryptSetting } from '../../settings/encrypt-setting.ts'
import { webhookSecretKey } from './webhook-secret.model.ts'

type SetSecretDeps = EncryptSettingDeps & Readonly<{ database: Database }>

/**
 * Stores the viewer's own Cal.com webhook secret, encrypted. Deliveries signed with it may report only the viewer's
 * bookings.
 *
 * @throws BadUserInputError if the secret is too short
 * @throws AuditUnavailableError
 */
export async function setCalcomWebhookSecret(
  deps: SetSecretDeps,
  viewer: Viewer,
  origin: Origin,
  { secret: given }: Readonly<{ secret: string }>,
): Promise<void> {
  const secret = webhookSecretFormat.safeParse(given)
  if (!secret.success)
    throw new BadUserInputError('secret', "must be a secret that can't be guessed; see docs/configuration.md")
  const key = webhookSecretKey(viewer.userId)
  await deps.database.$transaction(async (tx) => {
    const id = await encryptSetting(tx, deps, {
      key,
      secret: secret.data.reveal(),
      description: "A pastor's own Cal.com webhook secret",
      updatedBy: viewer.userId,
    })
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
}
