import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ForbiddenError } from '../../../platform/errors.ts'
import type { NewId } from '../../../platform/ids.ts'
import { UnmaskedChurchError } from '../errors.ts'
import { activateConfiguration } from './activate-configuration.ts'
import { newConfigurationFormat } from './configuration.model.ts'
import { confirmExpiry } from './confirm-expiry.ts'
import { lockScope } from './lock-scope.ts'

/**
 * Creates a configuration and returns its ID: an admin for the church, a pastor for their own briefs. Nothing of a pastor's
 * bookings is sent with it until that pastor agrees. An active configuration replaces the active one of its scope.
 *
 * @throws ForbiddenError if a pastor creates the church's configuration or an admin a personal one
 * @throws UnmaskedChurchError, BadUserInputError, AuditUnavailableError
 * @throws ConfirmationRequiredError if more than `confirmedCount` summaries would expire sooner
 */
export async function createAiConfiguration(
  deps: Readonly<{ database: Database; clock: Clock; newId: NewId }>,
  viewer: Viewer,
  origin: Origin,
  input: Readonly<Record<string, unknown>> & Readonly<{ isForChurch: boolean }>,
): Promise<string> {
  const { isForChurch, confirmedCount, ...rest } = input
  if (isForChurch !== (viewer.role === 'admin')) {
    throw new ForbiddenError('An admin writes configurations for the church, a pastor for their own briefs.')
  }
  const configuration = checkInput(newConfigurationFormat, rest)
  if (isForChurch && !configuration.piiDetection) throw new UnmaskedChurchError()
  const userId = isForChurch ? null : viewer.userId
  const id = deps.newId()
  const now = deps.clock.now()
  await deps.database.$transaction(async (tx) => {
    await lockScope(tx, userId)
    if (configuration.isActive) await activateConfiguration(tx, userId, id)
    await tx.aiConfiguration.create({ data: { id, userId, ...configuration, createdAt: now, updatedAt: now } })
    const affected = configuration.isActive
      ? await confirmExpiry(tx, { ownerId: userId, confirmedCount: Number(confirmedCount ?? 0) })
      : 0
    await recordAudit(tx, [
      {
        action: 'ai_configuration.created',
        resource: 'ai_configuration',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { provider: configuration.provider, ...(affected > 0 && { affected }) },
      },
    ])
  })
  return id
}
