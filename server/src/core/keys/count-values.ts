import { Prisma, type Transaction } from '../../platform/database/client.ts'
import type { EncryptedColumn } from '../vault/aad-context.ts'
import { encryptedColumnNames, encryptedColumns, prefixOf } from './encrypted-columns.ts'

/** The number of values of a column under a data key. `keyId` is null for text in no valid format. */
export type ValueCount = Readonly<{ column: EncryptedColumn; keyId: string | null; values: number }>

/**
 * Counts the values of every encrypted column by data key in one statement, and so in one snapshot. It reads the prefix
 * of every encrypted value.
 */
export async function countValues(reader: Pick<Transaction, '$queryRaw'>): Promise<ValueCount[]> {
  const counts = encryptedColumnNames.map((name) => {
    const info = encryptedColumns[name]
    return Prisma.sql`
      SELECT ${name} AS "column", substring(${prefixOf(info)} FROM '^v1\\.([0-9a-f]{16})\\.') AS "keyId", count(*)::int AS values
      FROM ${Prisma.raw(`public.${info.table}`)} t WHERE ${info.text} IS NOT NULL GROUP BY 2`
  })
  return reader.$queryRaw<ValueCount[]>`${Prisma.join(counts, ' UNION ALL ')} ORDER BY 1, 2`
}
