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

/** What was looked at. */
export type AuditReport = Readonly<{
  seals: number
  rows: number
  droppedRows: number
  /** Rows newer than the last seal; nothing vouches for them yet. */
  unsealed: Readonly<{ rows: number; oldest: Date | null }>
  /** Heads found outside the database. */
  heads: number
  users: number
  bookings: number
  /** Sealed values that the log has entries of, and rows that it has none of. */
  values: number
  unknown: number
}>

/**
 * Where heads are kept outside the database. `own`: the file of this node, which may be missing. `given`: a copy, which must
 * hold a head. `witness`: written by the server, so its head must be a recent one too.
 */
export type HeadFile = Readonly<{ path: string; kind: 'own' | 'given' | 'witness' }>

/** A witness of a server that seals every minute is never this far behind. */
const longestLagMs = 3_600_000

/**
 * Compares everything in the database that the audit log speaks of with the log, and the log with its seals and with the
 * heads outside the database. Tells each finding as it is made and returns what was looked at. Writes nothing.
 */
export async function verifyAuditLog(
  deps: VerifyLogDeps,
  headFiles: readonly HeadFile[],
  tell: (finding: Finding) => void,
): Promise<AuditReport> {
  const { database, vault } = deps
  const tally = { seals: 0, rows: 0, droppedRows: 0 }
  const newest = await readNewestSeal(database)
  for await (const finding of verifyLog(deps, tally)) tell(finding)
  const heads = await verifyHeadFiles(deps, headFiles, newest, tell)
  const found = { values: 0, bookings: 0, unknown: 0 }
  for await (const finding of verifyBookings(database, found)) tell(finding)
  const users = await tellAll(verifyUsers(database, vault), tell)
  const droppedUntil = await readDroppedUntil(database, vault)
  for await (const finding of verifyAccess(database, droppedUntil)) tell(finding)
  for await (const finding of verifyGrants(database, droppedUntil)) tell(finding)
  const unsealed = await readUnsealed(deps, newest)
  if (unsealed.isOld) {
    tell(
      about('unsealed', 'rows are more than an hour old and not sealed. Start a server with ROLE=worker or ROLE=all'),
    )
  }
  if (newest === null && unsealed.rows === 0 && users + found.bookings > 0) {
    tell(about('empty', 'the log holds no entry and no seal, and the database holds users or bookings'))
  }
  return { ...tally, ...found, users, heads, unsealed: { rows: unsealed.rows, oldest: unsealed.oldest } }
}

async function verifyHeadFiles(
  { database, vault }: VerifyLogDeps,
  files: readonly HeadFile[],
  newestSeal: Seal | null,
  tell: (finding: Finding) => void,
): Promise<number> {
  const explained = await readExplainedLosses(database, vault)
  let heads = 0
  for (const { path, kind } of files) {
    try {
      const { count, newest } = await tellAll(verifyHeads(database, readHeads(path), explained), tell)
      heads += count
      const flaw = kind === 'own' ? null : flawOfFile(kind, newest, newestSeal)
      if (flaw !== null) tell(about('no_witness', `${path} ${flaw}`))
    } catch (error) {
      if (!isFileError(error)) throw error
      tell(about('no_witness', `${path} can't be read (${error.code})`))
    }
  }
  if (heads === 0 && newestSeal !== null && files.every(({ kind }) => kind === 'own')) {
    tell(about('no_witness', 'no head outside the database was found. Give one with --heads, or set AUDIT_WITNESS'))
  }
  return heads
}

function flawOfFile(kind: 'given' | 'witness', head: Head | null, seal: Seal | null): string | null {
  if (head === null) return kind === 'given' || seal !== null ? 'holds no head' : null
  if (kind === 'given' || seal === null) return null
  const lag = seal.sealedAt.getTime() - Date.parse(head.sealedAt)
  return head.number < seal.number && lag > longestLagMs ? `has not been written since ${head.sealedAt}` : null
}

async function readUnsealed({ database }: VerifyLogDeps, newest: Seal | null) {
  const [unsealed] = await database.$queryRaw<{ rows: number; oldest: Date | null; isOld: boolean }[]>`
    SELECT count(*)::int AS rows, min("createdAt") FILTER (WHERE "createdAt" < '9999-01-01') AS oldest,
      coalesce(min("createdAt") < now() - interval '1 hour', false) AS "isOld"
    FROM audit_logs WHERE "createdAt" >= ${newest?.until ?? beginningOfTime}::timestamptz`
  return unsealed ?? { rows: 0, oldest: null, isOld: false }
}

async function tellAll<T>(findings: AsyncGenerator<Finding, T>, tell: (finding: Finding) => void): Promise<T> {
  let step = await findings.next()
  for (; !step.done; step = await findings.next()) tell(step.value)
  return step.value
}

function about(kind: Finding['kind'], detail: string): Finding {
  return { kind, row: null, seal: null, detail }
}

function isFileError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && ('path' in error || error.code === 'EISDIR')
}
