import { type Head, readHeads } from '../../core/audit/seal/heads.ts'
import { readDroppedUntil } from '../../core/audit/seal/receipts.ts'
import { beginningOfTime, readNewestSeal, type Seal } from '../../core/audit/seal/seal.ts'
import type { Finding } from '../../core/audit/verify/findings.ts'
import { readExplainedLosses } from '../../core/audit/verify/restore-receipts.ts'
import { verifyAccess } from '../../core/audit/verify/verify-access.ts'
import { verifyBookings } from '../../core/audit/verify/verify-bookings.ts'
import { verifyGrants } from '../../core/audit/verify/verify-grants.ts'
import { verifyHeads } from '../../core/audit/verify/verify-heads.ts'
import { type VerifyLogDeps, verifyLog } from '../../core/audit/verify/verify-log.ts'
import { verifyUsers } from '../../core/audit/verify/verify-users.ts'

/** What was checked. */
export type AuditReport = Readonly<{
  seals: number
  rows: number
  droppedRows: number
  /** Rows newer than the last seal, which nothing protects yet. */
  unsealed: Readonly<{ rows: number; oldest: Date | null }>
  /** The number of heads found outside the database. */
  heads: number
  users: number
  bookings: number
  /** The number of encrypted values with entries in the log, and of rows without any. */
  values: number
  unknown: number
}>

/**
 * A file with heads, outside the database. `own`: this node's file, which may be missing. `given`: a copy, which must
 * contain a head. `witness`: a file the server writes, whose last head must also be recent.
 */
export type HeadFile = Readonly<{ path: string; kind: 'own' | 'given' | 'witness' }>

/** A witness of a server that seals every minute never lags this far behind. */
const maxLagMs = 3_600_000

/**
 * Verifies the database against the audit log, and the log against its seals and the heads outside the database. Reports
 * each finding as it is made, and returns what was checked. Read-only.
 */
export async function verifyAuditLog(
  deps: VerifyLogDeps,
  headFiles: readonly HeadFile[],
  report: (finding: Finding) => void,
): Promise<AuditReport> {
  const { database, vault } = deps
  const tally = { seals: 0, rows: 0, droppedRows: 0 }
  const newest = await readNewestSeal(database)
  for await (const finding of verifyLog(deps, tally)) report(finding)
  const heads = await verifyHeadFiles(deps, headFiles, newest, report)
  const found = { values: 0, bookings: 0, unknown: 0 }
  for await (const finding of verifyBookings(database, found)) report(finding)
  const users = await reportAll(verifyUsers(database, vault), report)
  const droppedUntil = await readDroppedUntil(database, vault)
  for await (const finding of verifyAccess(database, droppedUntil)) report(finding)
  for await (const finding of verifyGrants(database, droppedUntil)) report(finding)
  const unsealed = await readUnsealed(deps, newest)
  if (unsealed.isOld) {
    report(
      findingOf(
        'unsealed',
        'rows are more than an hour old and not sealed. Start a server with ROLE=worker or ROLE=all',
      ),
    )
  }
  if (newest === null && unsealed.rows === 0 && users + found.bookings > 0) {
    report(findingOf('empty', 'the log holds no entry and no seal, and the database holds users or bookings'))
  }
  return { ...tally, ...found, users, heads, unsealed: { rows: unsealed.rows, oldest: unsealed.oldest } }
}

async function verifyHeadFiles(
  { database, vault }: VerifyLogDeps,
  files: readonly HeadFile[],
  newestSeal: Seal | null,
  report: (finding: Finding) => void,
): Promise<number> {
  const explained = await readExplainedLosses(database, vault)
  let heads = 0
  for (const { path, kind } of files) {
    try {
      const { count, newest } = await reportAll(verifyHeads(database, readHeads(path), explained), report)
      heads += count
      const problem = kind === 'own' ? null : problemOfFile(kind, newest, newestSeal)
      if (problem !== null) report(findingOf('no_witness', `${path} ${problem}`))
    } catch (error) {
      if (!isFileError(error)) throw error
      report(findingOf('no_witness', `${path} can't be read (${error.code})`))
    }
  }
  if (heads === 0 && newestSeal !== null && files.every(({ kind }) => kind === 'own')) {
    report(
      findingOf('no_witness', 'no head outside the database was found. Give one with --heads, or set AUDIT_WITNESS'),
    )
  }
  return heads
}

function problemOfFile(kind: 'given' | 'witness', head: Head | null, seal: Seal | null): string | null {
  if (head === null) return kind === 'given' || seal !== null ? 'holds no head' : null
  if (kind === 'given' || seal === null) return null
  const lag = seal.sealedAt.getTime() - Date.parse(head.sealedAt)
  return head.number < seal.number && lag > maxLagMs ? `has not been written since ${head.sealedAt}` : null
}

async function readUnsealed({ database }: VerifyLogDeps, newest: Seal | null) {
  const [unsealed] = await database.$queryRaw<{ rows: number; oldest: Date | null; isOld: boolean }[]>`
    SELECT count(*)::int AS rows, min("createdAt") FILTER (WHERE "createdAt" < '9999-01-01') AS oldest,
      coalesce(min("createdAt") < now() - interval '1 hour', false) AS "isOld"
    FROM audit_logs WHERE "createdAt" >= ${newest?.until ?? beginningOfTime}::timestamptz`
  return unsealed ?? { rows: 0, oldest: null, isOld: false }
}

async function reportAll<T>(findings: AsyncGenerator<Finding, T>, report: (finding: Finding) => void): Promise<T> {
  let step = await findings.next()
  for (; !step.done; step = await findings.next()) report(step.value)
  return step.value
}

function findingOf(kind: Finding['kind'], detail: string): Finding {
  return { kind, row: null, seal: null, detail }
}

function isFileError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && ('path' in error || error.code === 'EISDIR')
}
