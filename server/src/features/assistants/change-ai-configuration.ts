import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import type { Database } from '../../platform/database/client.ts'
import { type ConfigurationChanges, configurationChangesFormat } from './configuration.model.ts'
import { confirmExpiry } from './confirm-expiry.ts'
import { lockConfiguration } from './lock-configuration.ts'
import type { ConfigurationRow } from './reads.ts'
import { switchActive } from './switch-active.ts'

/** What a pastor consented to was to these; another provider or model, or names in clear, is another question. */
const consentedTo = ['provider', 'model', 'piiDetection'] as const

/**
 * Changes a configuration: what is not given stays as it is. Where it would go to another provider or model, or with names
 * in clear, whoever let what is High go by it has to say so again.
 *
 * @throws BadUserInputError, NotFoundError, ForbiddenError, AuditUnavailableError; ConfirmationRequiredError where summaries
 *   would end sooner than `confirmedCount` allows
 */
export async function changeAiConfiguration(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  configurationId: string,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { confirmedCount, ...rest } = given
  const changes = checkInput(configurationChangesFormat, rest)
  await database.$transaction(async (tx) => {
    const configuration = await lockConfiguration(tx, viewer, configurationId)
    const changed = changedFields(configuration, changes)
    if (changed.length === 0) return
    if (changes.isActive) await switchActive(tx, configuration.userId, configurationId)
    const data = Object.fromEntries(changed.map((field) => [field, changes[field]]))
    await tx.aiConfiguration.update({ where: { id: configurationId }, data })
    if (consentedTo.some((field) => changed.includes(field))) {
      await tx.aiConsent.deleteMany({ where: { configurationId } })
    }
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
