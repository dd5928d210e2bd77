import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { SYSTEM_OWNER } from '../../core/vault/place.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import type { NewId } from '../../platform/ids.ts'
import { webhookSecretFormat } from '../../platform/key-formats.ts'
import { webhookSecretKey } from './webhook-secret.model.ts'

type SetSecretDeps = Readonly<{ database: Database; vault: Pick<Vault, 'seal'>; clock: Clock; newId: NewId }>

/**
 * Keeps the viewer's own Cal.com webhook secret, sealed. Deliveries signed with it count for the viewer's bookings only.
 *
 * @throws BadUserInputError when it is too short to be one; AuditUnavailableError
 */
export async function setCalcomWebhookSecret(
  deps: SetSecretDeps,
  viewer: Viewer,
  origin: Origin,
  { secret: given }: Readonly<{ secret: string }>,
): Promise<void> {
  const secret = webhookSecretFormat.safeParse(given)
  if (!secret.success)
    throw new BadUserInputError('secret', 'must be a secret that nobody can guess; see docs/configuration.md')
  const key = webhookSecretKey(viewer.userId)
  await deps.database.$transaction(async (tx) => {
    // The row's id is part of what is sealed, so the row must be there first; a second setter waits for its commit.
    const now = deps.clock.now()
    const blank = { id: deps.newId(), key, value: '', isEncrypted: true, createdAt: now, updatedAt: now }
    await tx.systemSetting.createMany({ data: [blank], skipDuplicates: true })
    const { id } = await tx.systemSetting.findUniqueOrThrow({ where: { key }, select: { id: true } })
    const place = { column: 'system_settings.value', rowId: id, ownerId: SYSTEM_OWNER } as const
    const value = await deps.vault.seal(secret.data.reveal(), place)
    const description = "A pastor's own Cal.com webhook secret"
    await tx.systemSetting.update({
      where: { id },
      data: { value, isEncrypted: true, description, updatedBy: viewer.userId, updatedAt: now },
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
