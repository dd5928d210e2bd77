import { readFileSync } from 'node:fs'

/** What docs/schema.md says about one column, parsed from its table row. */
export type DocumentedColumn = Readonly<{
  name: string
  /** As written: `VARCHAR(255)`, `ENUM`, … */
  type: string
  isPrimaryKey: boolean
  isUnique: boolean
  isForeignKey: boolean
  isNullable: boolean
  /** As written: `NOW()`, `'Medium'`, `0.7`; null if the document gives none. */
  defaultValue: string | null
  /** The values listed for an ENUM, in order; empty if none are listed. */
  enumValues: readonly string[]
  /** The table that a foreign key's description names. */
  references: string | null
}>

type DocumentedRelation = Readonly<{ kind: 'one-to-many' | 'many-to-one'; table: string }>
type DocumentedIndex = Readonly<{ name: string; column: string }>

type DocumentedTable = Readonly<{
  name: string
  columns: readonly DocumentedColumn[]
  relations: readonly DocumentedRelation[]
  indexes: readonly DocumentedIndex[]
}>

export type SchemaDocument = Readonly<{
  tables: readonly DocumentedTable[]
  /** The diagram: one row of `one` has many of `many`. */
  diagram: readonly Readonly<{ one: string; many: string }>[]
  partitions: readonly Readonly<{ table: string; column: string }>[]
}>

/** Reads the project's copy of the database description. */
export function readSchemaDocument(): SchemaDocument {
  const text = readFileSync(new URL('../../../docs/schema.md', import.meta.url), 'utf8')
  const [, ...sections] = text.split(/^### \d+\. .*\(`(?=[a-z_]+`\))/m)
  return {
    tables: sections.map((section) => readTable(section.slice(0, section.indexOf('`')), section)),
    diagram: [...text.matchAll(/^(\w+) \(1\) ──→ \(many\) (\w+)$/gm)].map(([, one = '', many = '']) => ({ one, many })),
    partitions: [...text.matchAll(/^- `(\w+)` - Monthly partitions by `(\w+)`$/gm)].map(
      ([, table = '', column = '']) => ({
        table,
        column,
      }),
    ),
  }
}

function readTable(name: string, section: string): DocumentedTable {
  // The last table's section continues into the rest of the document.
  const own = section.split(/^---$/m)[0] ?? ''
  const rows = [...own.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
  return {
    name,
    columns: rows.map(([, column = '', type = '', constraints = '', description = '']) =>
      readColumn(column, type.trim(), constraints.trim(), description.trim()),
    ),
    relations: [...own.matchAll(/^- (One-to-many|Many-to-one) with `(\w+)`/gm)].map(([, kind, table = '']) => ({
      kind: kind === 'One-to-many' ? 'one-to-many' : 'many-to-one',
      table,
    })),
    indexes: [...own.matchAll(/^- `(idx_\w+)` on `(\w+)`$/gm)].map(([, index = '', column = '']) => ({
      name: index,
      column,
    })),
  }
}

function readColumn(name: string, type: string, constraints: string, description: string): DocumentedColumn {
  const has = (word: string) => constraints.split(', ').includes(word)
  return {
    name,
    type,
    isPrimaryKey: has('PRIMARY KEY'),
    isUnique: has('UNIQUE'),
    isForeignKey: has('FOREIGN KEY'),
    isNullable: has('NULLABLE'),
    defaultValue: /DEFAULT (.+)$/.exec(constraints)?.[1] ?? null,
    enumValues: type === 'ENUM' ? [...description.matchAll(/'([^']+)'/g)].map(([, value = '']) => value) : [],
    references: /Reference to (\w+) table/.exec(description)?.[1] ?? null,
  }
}
