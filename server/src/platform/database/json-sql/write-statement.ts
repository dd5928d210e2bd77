import { allOf, conditionsOf, type Writing } from './conditions.ts'
import type { Read } from './rows.ts'
import { collectParameters, quoted, type Statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { tableOf, writeList, writeOne } from './write-rows.ts'

/** A statement, and where each read's result is in its one row: the column and the index within it. */
export type WrittenStatement = Readonly<{
  statement: Statement
  positions: readonly Readonly<{ column: number; at: number | null }>[]
}>

/**
 * Writes one statement that performs all reads.
 *
 * @throws UnsupportedQueryError
 */
export function writeStatement(tables: Tables, reads: readonly Read[]): WrittenStatement {
  let aliases = 0
  const parameters = collectParameters()
  const writing: Writing = { tables, parameters, newAlias: () => `t${aliases++}` }
  const columns: string[] = []
  const positions = new Map<Read, { column: number; at: number | null }>()
  for (const read of reads) {
    if (read.kind === 'count') continue
    const sql =
      read.kind === 'list' ? writeList(writing, read.rows, read.page) : writeOne(writing, read.rows, read.where)
    positions.set(read, { column: columns.push(sql) - 1, at: null })
  }
  for (const group of groupsOf(writing, reads)) {
    const column = columns.push(writeCounts(writing, group)) - 1
    for (const [at, { read }] of group.entries()) positions.set(read, { column, at })
  }
  const text = `SELECT ${columns.join(', ')}`
  return {
    statement: { text, values: parameters.values },
    positions: reads.map((read) => positions.get(read) ?? { column: 0, at: null }),
  }
}

type Count = Readonly<{ read: Read & { kind: 'count' }; conditions: readonly string[] }>

const countAlias = 'counted'

/**
 * Counts that share one table scan. The first count of a group has only conditions that all others have too, so it
 * visits their rows anyway and they are nearly free.
 */
function groupsOf(writing: Writing, reads: readonly Read[]): readonly (readonly Count[])[] {
  const counts = reads.flatMap((read): Count[] => {
    if (read.kind !== 'count') return []
    return [{ read, conditions: conditionsOf(writing, tableOf(writing, read.model), countAlias, read.where) }]
  })
  const groups: Count[][] = []
  for (const count of counts.toSorted((a, b) => a.conditions.length - b.conditions.length)) {
    const group = groups.find(([widest]) => widest !== undefined && includes(widest, count))
    if (group === undefined) groups.push([count])
    else group.push(count)
  }
  return groups
}

function includes(widest: Count, { read, conditions }: Count): boolean {
  return widest.read.model === read.model && widest.conditions.every((condition) => conditions.includes(condition))
}

function writeCounts(writing: Writing, group: readonly Count[]): string {
  const [widest] = group
  if (widest === undefined) return 'NULL'
  const table = tableOf(writing, widest.read.model)
  const written = group.map(({ conditions }) => {
    const additional = conditions.filter((condition) => !widest.conditions.includes(condition))
    return additional.length === 0 ? 'count(*)' : `count(*) FILTER (WHERE ${allOf(additional)})`
  })
  return `(SELECT json_build_array(${written.join(', ')}) FROM ${quoted(table.name)} AS ${countAlias} WHERE ${allOf(widest.conditions)})`
}
