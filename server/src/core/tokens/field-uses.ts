import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import type { Log } from '../../platform/logging/log.ts'

/** Records which fields of the GraphQL schema each API token uses, to the day. */
export type FieldUses = Readonly<{
  /**
   * Records that a token used fields. Null if this node has already recorded them today. Never rejects: a failure is
   * logged, and the next use is recorded.
   *
   * @param fields - the same array for each run of the same operation
   */
  note(tokenId: string, fields: readonly string[]): Promise<void> | null
}>

type FieldUsesOptions = Readonly<{ database: Database; clock: Clock; log: Pick<Log, 'warn'> }>

const dayMs = 86_400_000

export function createFieldUses({ database, clock, log }: FieldUsesOptions): FieldUses {
  let today = 0
  let noted = new Map<string, WeakSet<readonly string[]>>()

  function notedOf(tokenId: string): WeakSet<readonly string[]> {
    const day = Math.floor(clock.now().getTime() / dayMs)
    if (day !== today) {
      today = day
      noted = new Map()
    }
    const ofToken = noted.get(tokenId) ?? new WeakSet()
    noted.set(tokenId, ofToken)
    return ofToken
  }

  return {
    note: (tokenId, fields) => {
      const ofToken = notedOf(tokenId)
      if (ofToken.has(fields)) return null
      ofToken.add(fields)
      return record(tokenId, fields, new Date(today * dayMs)).catch((err: unknown) => {
        ofToken.delete(fields)
        log.warn({ err }, "the fields that an API token uses couldn't be recorded")
      })
    },
  }

  async function record(tokenId: string, fields: readonly string[], day: Date): Promise<void> {
    // In one order, so that two operations of a token don't wait for each other's rows.
    await database.$executeRaw`
      INSERT INTO api_token_field_uses ("tokenId", field, "lastUsedAt")
      SELECT ${tokenId}::uuid, field, ${day}::timestamptz FROM unnest(${fields.toSorted()}::text[]) AS field
      ON CONFLICT ("tokenId", field) DO UPDATE SET "lastUsedAt" = excluded."lastUsedAt"
        WHERE api_token_field_uses."lastUsedAt" < excluded."lastUsedAt"`
  }
}
