import { comparePositions, type Position, type Reader, readAuditRows } from '../audit-rows.ts'
import { type AuditRow, digestOfAuditRow } from '../canonical.ts'
import { type Leaf, leafAt } from './leaves.ts'
import type { Seal } from './seal.ts'

/** Differences from what was sealed, in log order; at most `maxKept` of each kind. */
export type Differences = Readonly<{
  /** Sealed, but missing. */
  missing: readonly Leaf[]
  /** Present, but never sealed. */
  extra: readonly AuditRow[]
  /** Present, but not what was sealed. */
  changed: readonly Readonly<{ leaf: Leaf; row: AuditRow }>[]
}>

// The first difference is explained by searching these; no one needs a million of them.
const maxKept = 20_000

/**
 * Compares the rows of a segment with its leaves in one pass over both. Returns null if they match.
 *
 * @param leaves - none if the rows were dropped: then any row is extra
 */
export async function compareSegment(reader: Reader, seal: Seal, leaves: Uint8Array): Promise<Differences | null> {
  const missing: Leaf[] = []
  const extra: AuditRow[] = []
  const changed: { leaf: Leaf; row: AuditRow }[] = []
  let index = 0
  for await (const rows of readAuditRows(reader, seal)) {
    for (const row of rows) {
      let leaf = leafAt(leaves, index)
      while (leaf !== null && comparePositions(leaf, row) < 0) {
        keep(missing, leaf)
        index += 1
        leaf = leafAt(leaves, index)
      }
      if (leaf === null || comparePositions(leaf, row) > 0) {
        keep(extra, row)
        continue
      }
      if (leaf.digest !== digestOfAuditRow(row)) keep(changed, { leaf, row })
      index += 1
    }
  }
  for (let leaf = leafAt(leaves, index); leaf !== null; leaf = leafAt(leaves, index)) {
    keep(missing, leaf)
    index += 1
  }
  return missing.length + extra.length + changed.length === 0 ? null : { missing, extra, changed }
}

/** The position of the first difference. */
export function firstOf({ missing, extra, changed }: Differences): Position | null {
  const positions = [missing[0], extra[0], changed[0]?.leaf].filter((position) => position !== undefined)
  return positions.sort(comparePositions)[0] ?? null
}

function keep<T>(list: T[], item: T): void {
  if (list.length < maxKept) list.push(item)
}
