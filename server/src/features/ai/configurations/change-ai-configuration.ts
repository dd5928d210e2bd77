import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Database } from '../../../platform/database/client.ts'
import { UnmaskedChurchError } from '../errors.ts'
import type { ConfigurationRow } from '../reads.ts'
import { activateConfiguration } from './activate-configuration.ts'
import { type ConfigurationChanges, configurationChangesFormat } from './configuration.model.ts'
import { confirmExpiry } from './confirm-expiry.ts'
import { lockConfiguration } from './lock-configuration.ts'

/**
 * Updates a configuration; omitted fields keep their values. When the provider, model, template or masking changes, a
 * database trigger lapses the consents, so this holds for every way of changing the row.
 *
 * @throws UnmaskedChurchError, BadUserInputError, NotFoundError, ForbiddenError, AuditUnavailableError
 * @throws ConfirmationRequiredError if more than `confirmedCount` summaries would expire sooner
 */
export async function changeAiConfiguration(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  configurationId: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { confirmedCount, ...rest } = input
  const changes = checkInput(configurationChangesFormat, rest)
  await database.$transaction(async (tx) => {
    const configuration = await lockConfiguration(tx, viewer, configurationId)
    const changed = changedFields(configuration, changes)
    if (changed.length === 0) return
    if (configuration.userId === null && changes.piiDetection === false) throw new UnmaskedChurchError()
    if (changes.isActive) await activateConfiguration(tx, configuration.userId, configurationId)
    const data = Object.fromEntries(changed.map((field) => [field, changes[field]]))
    await tx.aiConfiguration.update({ where: { id: configurationId }, data })
    const isExpiryChanged = changed.includes('retentionDays') || changed.includes('isActive')
    const affected = isExpiryChanged
      ? await confirmExpiry(tx, { ownerId: configuration.userId, confirmedCount: Number(confirmedCount ?? 0) })
      : 0
    await recordAudit(tx, [
      {
        action: 'ai_configuration.changed',
        resource: 'ai_configuration',
        resourceId: configurationId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { changed, ...(affected > 0 && { affected }) },
      },
    ])
  })
}

function changedFields(row: ConfigurationRow, changes: ConfigurationChanges): (keyof ConfigurationChanges)[] {
  const now = { ...row, temperature: row.temperature.toNumber() }
  const fields = configurationChangesFormat.keyof().options
  return fields.filter((field) => changes[field] !== undefined && changes[field] !== now[field])
}
