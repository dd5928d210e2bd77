import type { Identities } from '../../core/audit/identity.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { RecordedWithdrawal, Withdrawals } from '../../core/restore/withdrawals.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import { endTokens } from '../../core/tokens/end-tokens.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import type { Log } from '../../platform/logging/log.ts'
import { reapplyConsentWithdrawal } from '../ai/configurations/reapply-consent-withdrawal.ts'
import { reapplySummaryDeletion } from '../summaries/retention/reapply-summary-deletion.ts'
import { reapplyDeactivation } from '../users/admin/reapply-deactivation.ts'

type ReapplyDeps = Readonly<{
  database: Database
  clock: Clock
  sessions: Sessions
  identities: Identities
  withdrawals: Withdrawals
  log: Pick<Log, 'warn' | 'error'>
}>

/**
 * Applies recorded withdrawals that this database doesn't have, because it was restored from a backup or the server died
 * between the record and the commit. Each is applied once, in its own transaction, even if several nodes run this. Changes
 * are recorded in the audit log. Returns how many withdrawals changed anything.
 */
export async function reapplyWithdrawals(deps: ReapplyDeps): Promise<number> {
  const missing = await deps.withdrawals.readMissing(deps.database)
  let applied = 0
  for (const recorded of missing) {
    if (await deps.database.$transaction((tx) => reapply(tx, deps, recorded))) applied += 1
  }
  if (applied > 0) deps.log.warn({ applied }, 'reapplied withdrawals that were missing from the database')
  return applied
}

async function reapply(tx: Transaction, deps: ReapplyDeps, recorded: RecordedWithdrawal): Promise<boolean> {
  const { id, withdrawal } = recorded
  const isFirst = await tx.$executeRaw`
    INSERT INTO withdrawals (id, kind) VALUES (${id}::uuid, ${withdrawal.kind}) ON CONFLICT DO NOTHING`
  if (isFirst === 0 || !(await applyWithdrawal(tx, deps, recorded))) return false
  const auditFields = { resource: 'database', resourceId: null, userId: null, bookingId: null, origin: null } as const
  const metadata = { kind: withdrawal.kind, recordId: id }
  await recordAudit(tx, [{ action: 'withdrawal.reapplied', ...auditFields, metadata }])
  return true
}

/** Returns whether anything changed. The last two kinds are reserved and not written yet. */
async function applyWithdrawal(
  tx: Transaction,
  deps: ReapplyDeps,
  { at, withdrawal }: RecordedWithdrawal,
): Promise<boolean> {
  switch (withdrawal.kind) {
    case 'summary_deleted':
      return reapplySummaryDeletion(tx, { ...withdrawal, at: new Date(at) })
    case 'ai_consent_withdrawn':
      return reapplyConsentWithdrawal(tx, withdrawal)
    case 'token_revoked': {
      const ended = await endTokens(tx, { tokenId: withdrawal.tokenId }, deps.clock.now())
      const auditFields = { resource: 'api_token', userId: null, bookingId: null, origin: null } as const
      const metadata = { reason: 'requested' } as const
      await recordAudit(
        tx,
        ended.map((resourceId) => ({ action: 'token.revoked', resourceId, ...auditFields, metadata })),
      )
      return ended.length > 0
    }
    case 'user_deactivated':
      return reapplyDeactivation(tx, deps, withdrawal.userId)
    case 'person_erased':
    case 'opted_out':
      return false
  }
}
