import { createHash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/logging/log.ts'
import { networkOf } from '../access/network.ts'
import type { AuditAction, AuditMetadata } from './actions.ts'
import { type AuditEntry, recordAudit } from './record.ts'

/** The actions that are folded: their metadata has a number. */
type BurstAction = 'token.refused' | 'webhook.signature_refused' | 'session.sign_in_failed' | 'password.reset_requested'

type EntryOf<Action extends AuditAction> = Extract<AuditEntry, { action: Action }>

/** One refusal, as it goes on record but for its number. */
type Refusal = {
  [Action in BurstAction]: Omit<EntryOf<Action>, 'metadata'> &
    Readonly<{ metadata: Omit<AuditMetadata<Action>, 'count'> }>
}[BurstAction]

/**
 * Puts refusals on record, those of one source folded: at most one entry a minute, on all nodes together, with the number
 * since the entry before. The first is on record at once; what a burst leaves over follows within two minutes of its last.
 */
export type Bursts = Readonly<{
  /** Counts one refusal. A log that can't be written is no reason to answer otherwise: it goes to the server's log. */
  add(refusal: Refusal): Promise<void>
  /** The same in the caller's transaction, by as many statements whether or not an entry is written. */
  addIn(tx: Transaction, refusal: Refusal): Promise<void>
  /** Records what bursts have left over, and forgets sources that are quiet. Returns how many entries it wrote. */
  flush(): Promise<number>
}>

type BurstsOptions = Readonly<{ database: Database; clock: Clock; log: Pick<Log, 'error'> }>

const foldedMs = 60_000

/** Sources whose refusals this node may be putting on record at once. Those of more are counted as one. */
const mostSources = 200

export function createBursts({ database, clock, log }: BurstsOptions): Bursts {
  /** Refusals that came while another of the same source was being written: they are added together by the next write. */
  const underWay = new Map<string, { more: number; written: Promise<void> }>()

  async function write(tx: Transaction, refusal: Refusal, key: string, amount: number): Promise<void> {
    const now = clock.now()
    const before = new Date(now.getTime() - foldedMs)
    const [burst] = await tx.$queryRaw<{ pending: number; count: number }[]>`
      INSERT INTO audit_bursts AS burst (key, entry, "recordedAt", count)
      VALUES (${key}, ${JSON.stringify(refusal)}::jsonb, ${now}::timestamptz, ${amount}::int)
      ON CONFLICT (key) DO UPDATE SET
        "recordedAt" = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN ${now}::timestamptz ELSE burst."recordedAt" END,
        count = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN burst.pending + ${amount}::int ELSE burst.count END,
        pending = CASE WHEN burst."recordedAt" <= ${before}::timestamptz THEN 0 ELSE burst.pending + ${amount}::int END
      RETURNING pending, count`
    // As many statements either way: the time taken must not tell whether an account exists.
    if (burst === undefined || burst.pending > 0) await tx.$executeRaw`SELECT 1`
    else await recordAudit(tx, [entryOf(refusal, burst.count)])
  }

  async function writeAll(key: string, refusal: Refusal, state: { more: number }): Promise<void> {
    while (state.more > 0) {
      const amount = state.more
      state.more = 0
      await database.$transaction((tx) => write(tx, refusal, key, amount))
    }
  }

  return {
    add: async (given) => {
      const refusal = underWay.size < mostSources ? given : fromAnywhere(given)
      const key = keyOf(refusal)
      const known = underWay.get(key)
      if (known !== undefined) {
        known.more += 1
        return known.written
      }
      const state = { more: 1, written: Promise.resolve() }
      underWay.set(key, state)
      state.written = writeAll(key, refusal, state)
        .catch((err: unknown) => log.error({ err, action: refusal.action }, 'refusals could not be put on record'))
        .finally(() => underWay.delete(key))
      return state.written
    },

    // A known account's are bounded elsewhere, and each has an entry of its own.
    addIn: (tx, refusal) =>
      write(tx, refusal, refusal.resourceId === null ? keyOf(refusal) : keyOf(refusal, newId()), 1),

    flush: () =>
      database.$transaction(async (tx) => {
        const now = clock.now()
        const before = new Date(now.getTime() - foldedMs)
        const left = await tx.$queryRaw<{ entry: Refusal; count: number }[]>`
          UPDATE audit_bursts SET count = pending, pending = 0, "recordedAt" = ${now}::timestamptz
          WHERE pending > 0 AND "recordedAt" <= ${before}::timestamptz
          RETURNING entry, count`
        await recordAudit(
          tx,
          left.map(({ entry, count }) => entryOf(entry, count)),
        )
        await tx.$executeRaw`
          DELETE FROM audit_bursts WHERE pending = 0 AND "recordedAt" <= ${before}::timestamptz`
        return left.length
      }),
  }
}

/** What makes two refusals of one source: all but the program that sent them, which is free for anybody to change. */
function keyOf(refusal: Refusal, unique = ''): string {
  const { action, resource, resourceId, userId, origin, metadata } = refusal
  const network = origin?.ipAddress == null ? null : networkOf(origin.ipAddress)
  const words = [action, resource, resourceId, userId, network, origin?.tokenId ?? null, metadata, unique]
  return createHash('sha256').update(JSON.stringify(words)).digest('hex')
}

function fromAnywhere(refusal: Refusal): Refusal {
  return { ...refusal, origin: refusal.origin && { ...refusal.origin, ipAddress: null, userAgent: null } }
}

function entryOf(refusal: Refusal, count: number): AuditEntry {
  // Each action that is folded has a number in its metadata; only one that is not one alone needs saying where it is optional.
  const isPlain =
    count === 1 && (refusal.action === 'session.sign_in_failed' || refusal.action === 'password.reset_requested')
  const metadata = isPlain ? refusal.metadata : { ...refusal.metadata, count }
  return { ...refusal, metadata } as AuditEntry // the refusal's own action and metadata, with its number
}
