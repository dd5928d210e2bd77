import type { Transaction } from '../../../platform/database/client.ts'
import { comparePositions, digestAt, findAuditRows, type Position } from '../audit-rows.ts'
import type { AuditRow } from '../canonical.ts'
import { type Differences, firstOf } from '../seal/compare-segment.ts'
import { type Leaf, leafAt, leafBytes } from '../seal/leaves.ts'
import type { Seal } from '../seal/seal.ts'

/** What is wrong. The first six are about the log's own rows and seals; the others about what the log is compared with. */
type Manipulation =
  | 'edited'
  | 'forged'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'cut_off'
  /** The log is empty, and the database is not. */
  | 'empty'
  /** A sealed value is not the newest that the log knows of. */
  | 'rolled_back'
  /** A value, a booking or a user is gone without an entry. */
  | 'missing'
  | 'wrong_owner'
  | 'user_changed'
  /** A row that the log has no entry of. */
  | 'no_entry'
  /** A session or token that the log says has ended, or never began. */
  | 'access'
  /** Rows that are old and under no seal. */
  | 'unsealed'
  /** A place outside the database that should hold heads can't be read, holds none, or is no longer written. */
  | 'no_witness'
  /** A consent, a webhook endpoint or a booking's sensitivity lets more out than the log says. */
  | 'grant'

/** One thing that is wrong: where, what, and in words for people (ids and times only). */
export type Finding = Readonly<{
  kind: Manipulation
  /** The row it is about, where it can be told. */
  row: Position | null
  /** The number of the seal that shows it. */
  seal: number | null
  detail: string
}>

type Reader = Pick<Transaction, '$queryRaw'>

/** Says of the first difference in a stretch what was done to that row. */
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
    const elsewhere = (await findAuditRows(reader, [missing.id]))[0]
    if (elsewhere) return found('reordered', `it now stands at ${elsewhere.createdAt.toISOString()}`)
    const twin = contentOf(missing, differences)
    if (twin !== null) return found(renamed(twin, differences), `it now has the id ${twin.id}`)
    const isEnd = !(await hasRowsAfter(reader, missing, sealedUntil))
    return isEnd
      ? found('cut_off', 'it and every sealed row after it are gone')
      : found('removed', 'it was sealed and is gone')
  }
  if (changed !== undefined) {
    const twin = contentOf(changed.leaf, differences)
    if (twin !== null) return found('reordered', `what it said now stands under ${twin.id}`)
    return found('edited', 'it is not what was sealed')
  }
  if (extra === undefined) return null
  const sealedAs =
    differences.missing.find(({ id }) => id === extra.id) ?? (await findLeaf(reader, extra.id, seal.number))
  const isMoved = sealedAs !== null && (await findAuditRows(reader, [extra.id])).length === 1
  return isMoved
    ? found('reordered', `it was sealed at ${sealedAs.createdAt.toISOString()}`)
    : found('inserted', 'it was put in after its stretch was sealed')
}

/** A row that says, somewhere else, exactly what was sealed at this place. */
function contentOf(leaf: Leaf, { extra, changed }: Differences): AuditRow | null {
  const others = [...extra, ...changed.map(({ row }) => row)].filter((row) => comparePositions(row, leaf) !== 0)
  return others.find((row) => digestAt(row, leaf) === leaf.digest) ?? null
}

/** The content of a row under another row's id was exchanged with it; under an id of nobody's, the id was edited. */
function renamed({ id }: AuditRow, { missing, changed }: Differences): Manipulation {
  const isSomebodys = missing.some((leaf) => leaf.id === id) || changed.some(({ leaf }) => leaf.id === id)
  return isSomebodys ? 'reordered' : 'edited'
}

async function hasRowsAfter(reader: Reader, { createdAt, id }: Position, sealedUntil: Date): Promise<boolean> {
  const rows = await reader.$queryRaw<unknown[]>`
    SELECT 1 FROM audit_logs
    WHERE ("createdAt", id) > (${createdAt}::timestamptz, ${id}::uuid) AND "createdAt" < ${sealedUntil}::timestamptz
    ORDER BY "createdAt", id LIMIT 1`
  return rows.length > 0
}

/** Where an id was sealed in another stretch. Reads the leaves of the whole log: only for what is already wrong. */
async function findLeaf(reader: Reader, id: string, except: number): Promise<Leaf | null> {
  const rows = await reader.$queryRaw<{ leaves: Uint8Array }[]>`
    SELECT leaves FROM audit_seals
    WHERE position(uuid_send(${id}::uuid) IN leaves) > 0 AND number <> ${except}::bigint
    ORDER BY number`
  for (const { leaves } of rows) {
    for (let index = 0; index * leafBytes < leaves.length; index += 1) {
      const leaf = leafAt(leaves, index)
      if (leaf?.id === id) return leaf
    }
  }
  return null
}
