import type { Finding } from '../../core/audit/findings.ts'
import { readHeads } from '../../core/audit/heads.ts'
import { beginningOfTime, readNewestSeal } from '../../core/audit/seal.ts'
import { verifyHeads } from '../../core/audit/verify-heads.ts'
import { type VerifyLogDeps, verifyLog } from '../../core/audit/verify-log.ts'
import { findRolledBackValues } from './find-rolled-back-values.ts'

/** What was looked at. */
export type AuditReport = Readonly<{
  seals: number
  rows: number
  droppedRows: number
  /** Rows newer than the last seal; nothing vouches for them yet. */
  unsealed: Readonly<{ rows: number; oldest: Date | null }>
  /** Heads found outside the database. */
  heads: number
  /** Sealed values that are the newest the log knows of, or not, and those it knows nothing of. */
  values: number
  unknownValues: number
}>

/**
 * Recomputes everything that vouches for the audit log and for what is sealed, tells each finding as it is made, first
 * those in the log itself in its order, and returns what was looked at. Writes nothing.
 *
 * @param headFiles - files of heads outside the database; those that don't exist hold none
 */
export async function verifyAuditLog(
  deps: VerifyLogDeps,
  headFiles: readonly string[],
  tell: (finding: Finding) => void,
): Promise<AuditReport> {
  const { database } = deps
  const tally = { seals: 0, rows: 0, droppedRows: 0 }
  const newest = await readNewestSeal(database)
  for await (const finding of verifyLog(deps, tally)) tell(finding)
  let heads = 0
  for (const path of headFiles) {
    const lost = verifyHeads(database, readHeads(path))
    let step = await lost.next()
    for (; !step.done; step = await lost.next()) tell(step.value)
    heads += step.value
  }
  const values = { values: 0, unknown: 0 }
  for await (const finding of findRolledBackValues(database, values)) tell(finding)
  const [unsealed] = await database.$queryRaw<{ rows: number; oldest: Date | null }[]>`
    SELECT count(*)::int AS rows, min("createdAt") FILTER (WHERE "createdAt" < '9999-01-01') AS oldest FROM audit_logs
    WHERE "createdAt" >= ${newest?.until ?? beginningOfTime}::timestamptz`
  return {
    ...tally,
    heads,
    values: values.values,
    unknownValues: values.unknown,
    unsealed: unsealed ?? { rows: 0, oldest: null },
  }
}
