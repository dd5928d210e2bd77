import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { dayMs } from '../../platform/durations.ts'
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

/** What this node has recorded of a token today. Operations make the check of a known one a single look-up. */
type Noted = Readonly<{ operations: WeakSet<readonly string[]>; fields: Set<string> }>

export function createFieldUses({ database, clock, log }: FieldUsesOptions): FieldUses {
  let today = 0
  let noted = new Map<string, Noted>()

  function notedOf(tokenId: string): Noted {
    const day = Math.floor(clock.now().getTime() / dayMs)
    if (day !== today) {
      today = day
      noted = new Map()
    }
    const ofToken = noted.get(tokenId) ?? { operations: new WeakSet(), fields: new Set() }
    noted.set(tokenId, ofToken)
    return ofToken
  }

  return {
    note: (tokenId, fields) => {
      const { operations, fields: known } = notedOf(tokenId)
      if (operations.has(fields)) return null
      operations.add(fields)
      const unknown = fields.filter((field) => !known.has(field))
      if (unknown.length === 0) return null
      for (const field of unknown) known.add(field)
      return record(tokenId, unknown, new Date(today * dayMs)).catch((err: unknown) => {
        operations.delete(fields)
        for (const field of unknown) known.delete(field)
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
