import type { Transaction } from '../../../platform/database/client.ts'
import { comparePositions, digestAt, findAuditRows, type Position } from '../audit-rows.ts'
import type { AuditRow } from '../canonical.ts'
import { type Differences, firstOf } from '../seal/compare-segment.ts'
import { type Leaf, leafAt, leafBytes } from '../seal/leaves.ts'
import type { Seal } from '../seal/seal.ts'

/**
 * The kind of manipulation. The first six concern the log's own rows and seals; the others concern what the log is
 * compared with.
 */
type Manipulation =
  | 'edited'
  | 'forged'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'cut_off'
  /** The log is empty, but the database is not. */
  | 'empty'
  /** An encrypted value is not the newest one recorded in the log. */
  | 'rolled_back'
  /** A value, a booking or a user is gone without an entry. */
  | 'missing'
  | 'wrong_owner'
  | 'user_changed'
  /** A row has no entry in the log. */
  | 'no_entry'
  /** A valid session or token that, according to the log, has ended or never started. */
  | 'access'
  /** Old rows without a seal. */
  | 'unsealed'
  /** A head file outside the database is unreadable, empty or no longer written. */
  | 'no_witness'
  /** A consent, a webhook endpoint or a booking's sensitivity discloses more than the log allows. */
  | 'grant'

/** One finding: its kind, position, and a description (IDs and times only). */
export type Finding = Readonly<{
  kind: Manipulation
  /** The affected row, if known. */
  row: Position | null
  /** The number of the seal that shows it. */
  seal: number | null
  detail: string
}>

type Reader = Pick<Transaction, '$queryRaw'>

/** Explains the first difference in a segment. */
export async function nameFirstDifference(
  reader: Reader,
  seal: Seal,
  differences: Differences,
  sealedUntil: Date,
): Promise<Finding | null> {
  const first = firstOf(differences)
  if (first === null) return null
  const is = (position: Position) => comparePositions(position, first) === 0
  const missing = differences.missing.find(is)
  const extra = differences.extra.find(is)
  const changed = differences.changed.find(({ leaf }) => is(leaf))
  const found = (kind: Manipulation, detail: string): Finding => ({ kind, row: first, seal: seal.number, detail })

  if (missing !== undefined) {
    const otherRow = (await findAuditRows(reader, [missing.id]))[0]
    if (otherRow) return found('reordered', `it now stands at ${otherRow.createdAt.toISOString()}`)
    const sameContent = contentOf(missing, differences)
    if (sameContent !== null) return found(renamed(sameContent, differences), `it now has the id ${sameContent.id}`)
    const isEnd = !(await hasRowsAfter(reader, missing, sealedUntil))
    return isEnd
      ? found('cut_off', 'it and every sealed row after it are missing')
      : found('removed', 'it was sealed and is missing')
  }
  if (changed !== undefined) {
    const sameContent = contentOf(changed.leaf, differences)
    if (sameContent !== null) return found('reordered', `its content is now under ${sameContent.id}`)
    return found('edited', 'it differs from what was sealed')
  }
  if (extra === undefined) return null
  const sealedAs =
    differences.missing.find(({ id }) => id === extra.id) ?? (await findLeaf(reader, extra.id, seal.number))
  const isMoved = sealedAs !== null && (await findAuditRows(reader, [extra.id])).length === 1
  return isMoved
    ? found('reordered', `it was sealed at ${sealedAs.createdAt.toISOString()}`)
    : found('inserted', 'it was inserted after its segment was sealed')
}

/** A row elsewhere with exactly the content sealed at this position. */
function contentOf(leaf: Leaf, { extra, changed }: Differences): AuditRow | null {
  const others = [...extra, ...changed.map(({ row }) => row)].filter((row) => comparePositions(row, leaf) !== 0)
  return others.find((row) => digestAt(row, leaf) === leaf.digest) ?? null
}

/** If the row's content is under another sealed row's ID, the two were swapped; otherwise the ID was edited. */
function renamed({ id }: AuditRow, { missing, changed }: Differences): Manipulation {
  const isKnownId = missing.some((leaf) => leaf.id === id) || changed.some(({ leaf }) => leaf.id === id)
  return isKnownId ? 'reordered' : 'edited'
}

async function hasRowsAfter(reader: Reader, { createdAt, id }: Position, sealedUntil: Date): Promise<boolean> {
  const rows = await reader.$queryRaw<unknown[]>`
    SELECT 1 FROM audit_logs
    WHERE ("createdAt", id) > (${createdAt}::timestamptz, ${id}::uuid) AND "createdAt" < ${sealedUntil}::timestamptz
    ORDER BY "createdAt", id LIMIT 1`
  return rows.length > 0
}

/** Finds an ID sealed in another segment. Reads the leaves of the whole log, so only use it once something is wrong. */
async function findLeaf(reader: Reader, id: string, exceptSeal: number): Promise<Leaf | null> {
  const rows = await reader.$queryRaw<{ leaves: Uint8Array }[]>`
    SELECT leaves FROM audit_seals
    WHERE position(uuid_send(${id}::uuid) IN leaves) > 0 AND number <> ${exceptSeal}::bigint
    ORDER BY number`
  for (const { leaves } of rows) {
    for (let index = 0; index * leafBytes < leaves.length; index += 1) {
      const leaf = leafAt(leaves, index)
      if (leaf?.id === id) return leaf
    }
  }
  return null
}
