import { createHash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/logging/log.ts'
import { networkOf } from '../access/network.ts'
import type { AuditAction, AuditMetadata } from './actions.ts'
import { type AuditEntry, recordAudit } from './record.ts'

/** Actions with aggregated entries: their metadata has a count. */
type BurstAction = 'token.refused' | 'webhook.signature_refused' | 'session.sign_in_failed' | 'password.reset_requested'

type EntryOf<Action extends AuditAction> = Extract<AuditEntry, { action: Action }>

/** A refusal as recorded, without its count. */
type Refusal = {
  [Action in BurstAction]: Omit<EntryOf<Action>, 'metadata'> &
    Readonly<{ metadata: Omit<AuditMetadata<Action>, 'count'> }>
}[BurstAction]

/**
 * Records refusals, aggregated by source: at most one entry a minute across all nodes, with the count since the
 * previous entry. The first is recorded at once; the rest of a burst follows within two minutes of its last.
 */
export type Bursts = Readonly<{
  /** Counts a refusal. If the log can't be written, the error is only logged to the server's log. */
  add(refusal: Refusal): Promise<void>
  /** Counts it in the caller's transaction, with the same number of statements whether or not an entry is written. */
  addIn(tx: Transaction, refusal: Refusal): Promise<void>
  /** Records the remaining counts of bursts and deletes idle sources. Returns the number of entries. */
  flush(): Promise<number>
}>

type BurstsOptions = Readonly<{ database: Database; clock: Clock; log: Pick<Log, 'error'> }>

const intervalMs = 60_000

/** The maximum number of sources this node records concurrently; further sources are counted as one. */
const maxSources = 200

export function createBursts({ database, clock, log }: BurstsOptions): Bursts {
  /** Counts refusals that arrive while another of the same source is being written; the next write includes them. */
  const pendingWrites = new Map<string, { additional: number; written: Promise<void> }>()

  async function write(tx: Transaction, refusal: Refusal, key: string, amount: number): Promise<void> {
    const now = clock.now()
    const before = new Date(now.getTime() - intervalMs)
    const [burst] = await tx.$queryRaw<{ pending: number; count: number }[]>`
      INSERT INTO audit_bursts AS burst (key, entry, "recordedAt", count)
      VALUES (${key}, ${JSON.stringify(refusal)}::jsonb, ${now}::timestamptz, ${amount}::int)
      ON CONFLICT (key) DO UPDATE SET
        "recordedAt" = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN ${now}::timestamptz ELSE burst."recordedAt" END,
        count = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN burst.pending + ${amount}::int ELSE burst.count END,
        pending = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN 0 ELSE burst.pending + ${amount}::int END
      RETURNING pending, count`
    // The same number of statements either way: timing must not reveal whether an account exists.
    if (burst === undefined || burst.pending > 0) await tx.$executeRaw`SELECT 1`
    else await recordAudit(tx, [entryOf(refusal, burst.count)])
  }

  async function writeAll(key: string, refusal: Refusal, state: { additional: number }): Promise<void> {
    while (state.additional > 0) {
      const amount = state.additional
      state.additional = 0
      await database.$transaction((tx) => write(tx, refusal, key, amount))
    }
  }

  return {
    add: async (refused) => {
      const refusal = pendingWrites.size < maxSources ? refused : withoutSource(refused)
      const key = keyOf(refusal)
      const known = pendingWrites.get(key)
      if (known !== undefined) {
        known.additional += 1
        return known.written
      }
      const state = { additional: 1, written: Promise.resolve() }
      pendingWrites.set(key, state)
      state.written = writeAll(key, refusal, state)
        .catch((err: unknown) =>
          log.error({ err, action: refusal.action }, 'failed to record refusals in the audit log'),
        )
        .finally(() => pendingWrites.delete(key))
      return state.written
    },

    // Refusals of a known account are limited elsewhere, and each has its own entry.
    addIn: (tx, refusal) =>
      write(tx, refusal, refusal.resourceId === null ? keyOf(refusal) : keyOf(refusal, newId()), 1),

    flush: () =>
      database.$transaction(async (tx) => {
        const now = clock.now()
        const before = new Date(now.getTime() - intervalMs)
        const pending = await tx.$queryRaw<{ entry: Refusal; count: number }[]>`
          UPDATE audit_bursts SET count = pending, pending = 0, "recordedAt" = ${now}::timestamptz
          WHERE pending > 0 AND "recordedAt" <= ${before}::timestamptz
          RETURNING entry, count`
        await recordAudit(
          tx,
          pending.map(({ entry, count }) => entryOf(entry, count)),
        )
        await tx.$executeRaw`
          DELETE FROM audit_bursts WHERE pending = 0 AND "recordedAt" <= ${before}::timestamptz`
        return pending.length
      }),
  }
}

/** The identity of a source: all fields except the user agent, which anybody can change. */
function keyOf(refusal: Refusal, unique = ''): string {
  const { action, resource, resourceId, userId, origin, metadata } = refusal
  const network = origin?.ipAddress == null ? null : networkOf(origin.ipAddress)
  const fields = [action, resource, resourceId, userId, network, origin?.tokenId ?? null, metadata, unique]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

function withoutSource(refusal: Refusal): Refusal {
  return { ...refusal, origin: refusal.origin && { ...refusal.origin, ipAddress: null, userAgent: null } }
}

function entryOf(refusal: Refusal, count: number): AuditEntry {
  // Each aggregated action has a count in its metadata; where it is optional, it is only needed above one.
  const isPlain =
    count === 1 && (refusal.action === 'session.sign_in_failed' || refusal.action === 'password.reset_requested')
  const metadata = isPlain ? refusal.metadata : { ...refusal.metadata, count }
  return { ...refusal, metadata } as AuditEntry // the refusal's own action and metadata, with its count
}
