import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { appendLine } from '../../platform/append-line.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'

const uuid = z.uuid()
const digest = z.string().regex(/^[0-9a-f]{64}$/)

const withdrawalFormat = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('summary_deleted'), bookingId: uuid, summaryId: uuid }),
  /** `isHighOnly`: only withdraws the consent to send bookings of High sensitivity. */
  z.strictObject({
    kind: z.literal('ai_consent_withdrawn'),
    userId: uuid,
    configurationId: uuid,
    isHighOnly: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('token_revoked'), tokenId: uuid }),
  z.strictObject({ kind: z.literal('user_deactivated'), userId: uuid }),
  /** Reserved. The digests are keyed, so the record names nobody. */
  z.strictObject({ kind: z.literal('person_erased'), personDigest: digest }),
  z.strictObject({ kind: z.literal('opted_out'), addressDigest: digest, purpose: z.string().regex(/^[a-z_]{1,40}$/) }),
])

/** Something deleted, withdrawn or ended on request. A restore of the database must not undo it. */
type Withdrawal = z.output<typeof withdrawalFormat>

const lineFormat = z.strictObject({ id: uuid, at: z.iso.datetime(), withdrawal: withdrawalFormat })

/** A withdrawal in the record outside the database. */
export type RecordedWithdrawal = z.output<typeof lineFormat>

export type Withdrawals = Readonly<{
  /**
   * Records a withdrawal in the transaction that carries it out: first in the file, flushed to disk, then in the
   * database. A crash in between leaves a line without a row, and the next start carries it out.
   */
  record(tx: Transaction, withdrawal: Withdrawal): Promise<void>
  /** The withdrawals of the file that this database does not have, oldest first. */
  readMissing(database: Pick<Transaction, '$queryRaw'>): Promise<RecordedWithdrawal[]>
}>

type WithdrawalsOptions = Readonly<{ path: string; clock: Clock; newId: NewId }>

const batchSize = 1_000

/** The record of withdrawals: an append-only JSON lines file with IDs and codes only. */
export function createWithdrawals({ path, clock, newId }: WithdrawalsOptions): Withdrawals {
  return {
    async record(tx, withdrawal) {
      const id = newId()
      const line = lineFormat.parse({ id, at: clock.now().toISOString(), withdrawal })
      await appendLine(path, JSON.stringify(line))
      await tx.withdrawal.create({ data: { id, kind: withdrawal.kind } })
    },

    async readMissing(database) {
      const missing: RecordedWithdrawal[] = []
      let batch: RecordedWithdrawal[] = []
      const flush = async () => {
        const rows = await database.$queryRaw<{ id: string }[]>`
          SELECT id FROM withdrawals WHERE id = ANY(${batch.map(({ id }) => id)}::uuid[])`
        const known = new Set(rows.map(({ id }) => id))
        missing.push(...batch.filter(({ id }) => !known.has(id)))
        batch = []
      }
      for await (const recorded of readLines(path)) {
        batch.push(recorded)
        if (batch.length >= batchSize) await flush()
      }
      await flush()
      return missing
    },
  }
}

/** A partial line after a crash was never carried out, so skip it. */
async function* readLines(path: string): AsyncGenerator<RecordedWithdrawal> {
  const stream = createReadStream(path, 'utf8')
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      const parsed = lineFormat.safeParse(jsonOf(line))
      if (parsed.success) yield parsed.data
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
