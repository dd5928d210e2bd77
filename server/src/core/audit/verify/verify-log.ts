import type { Database } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import { compareSegment } from '../seal/compare-segment.ts'
import { digestOfLeaves, leafAt, leafBytes } from '../seal/leaves.ts'
import { readLastDropped } from '../seal/receipts.ts'
import {
  beginningOfTime,
  digestOfSeal,
  firstPreviousDigest,
  readNewestSeal,
  readSeals,
  type Seal,
  sealText,
} from '../seal/seal.ts'
import { type Finding, nameFirstDifference } from './findings.ts'

export type VerifyLogDeps = Readonly<{ database: Database; vault: Pick<Vault, 'isMac'> }>

/** Counters of the verification. */
export type Tally = {
  seals: number
  rows: number
  /** Rows that retention dropped, by its receipts. */
  droppedRows: number
}

/** The state of the chain of seals. */
type Link = Readonly<{ number: number; digest: string; until: Date }>

const batchSize = 200

/**
 * Recomputes the whole log against its seals, with memory for one segment, and yields findings in log order. Rows newer
 * than the last seal aren't checked: nothing vouches for them yet.
 */
export async function* verifyLog(deps: VerifyLogDeps, tally: Tally): AsyncGenerator<Finding> {
  const { database } = deps
  yield* rowsBeforeTime(database)
  const newest = await readNewestSeal(database)
  if (newest === null) return
  let lastDropped = await readLastDropped(database, deps.vault)
  let link: Link = { number: 0, digest: firstPreviousDigest, until: beginningOfTime }
  let isChainReported = false
  while (link.number < newest.number) {
    const seals = await readSeals(database, link.number, batchSize)
    if (seals.length === 0) return
    for (const seal of seals) {
      const sealFinding = await verifySeal(deps, seal, link)
      // One broken link breaks all later ones: report only the first.
      if (sealFinding !== null && !isChainReported) yield sealFinding
      isChainReported ||= sealFinding !== null
      // Retention may have dropped the segment since the receipts were read.
      const leaves = await leavesOf(database, seal)
      if (leaves === null && seal.number > lastDropped) lastDropped = await readLastDropped(database, deps.vault)
      const isDropped = seal.number <= lastDropped
      tally[isDropped ? 'droppedRows' : 'rows'] += seal.rowCount
      const finding = await verifySegment(database, seal, isDropped ? null : leaves, isDropped, newest.until)
      if (finding !== null) yield finding
      if (finding?.kind === 'cut_off') return
      tally.seals += 1
      link = seal
    }
  }
}

/** A flaw of the seal itself: its position in the chain, or its MAC. */
async function verifySeal({ vault }: VerifyLogDeps, seal: Seal, previous: Link): Promise<Finding | null> {
  const at = (kind: Finding['kind'], detail: string): Finding => ({ kind, row: null, seal: seal.number, detail })
  if (!(await vault.isMac(sealText(seal), seal)) || digestOfSeal(seal) !== seal.digest) {
    const span = `${seal.from.toISOString()} to ${seal.until.toISOString()}`
    return at('forged', `seal ${seal.number}, over the rows from ${span}, was not signed with this log's key`)
  }
  if (seal.number !== previous.number + 1) {
    return at('removed', `the seals from ${previous.number + 1} to ${seal.number - 1} are missing`)
  }
  const isChained = seal.previousDigest === previous.digest && seal.from.getTime() === previous.until.getTime()
  return isChained ? null : at('forged', `seal ${seal.number} does not follow seal ${previous.number}`)
}

async function verifySegment(
  database: Database,
  seal: Seal,
  leaves: Uint8Array | null,
  isDropped: boolean,
  sealedUntil: Date,
): Promise<Finding | null> {
  // A row in a dropped segment was inserted later.
  const packed = leaves ?? new Uint8Array()
  if (!isDropped && (digestOfLeaves(packed) !== seal.rowsDigest || packed.length !== seal.rowCount * leafBytes)) {
    const detail = leaves === null ? 'are missing without a receipt' : 'were changed'
    const row = leafAt(packed, 0)
    return { kind: 'forged', row, seal: seal.number, detail: `the row digests of seal ${seal.number} ${detail}` }
  }
  const differences = await compareSegment(database, seal, packed)
  return differences === null ? null : nameFirstDifference(database, seal, differences, sealedUntil)
}

async function leavesOf(database: Database, { number }: Seal): Promise<Uint8Array | null> {
  const row = await database.auditSeal.findUnique({ where: { number }, select: { leaves: true } })
  return row?.leaves ?? null
}

/** The first segment starts in 1970; an earlier time was set by hand. */
async function* rowsBeforeTime(database: Database): AsyncGenerator<Finding> {
  const [row] = await database.$queryRaw<{ id: string; at: string }[]>`
    SELECT id, "createdAt"::text AS at FROM audit_logs
    WHERE "createdAt" < ${beginningOfTime}::timestamptz ORDER BY "createdAt", id LIMIT 1`
  if (row) yield { kind: 'inserted', row: null, seal: null, detail: `the row ${row.id} claims to be of ${row.at}` }
}
