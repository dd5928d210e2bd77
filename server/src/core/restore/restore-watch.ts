import { createHash, randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { ConfigurationError } from '../../platform/errors.ts'
import { type AccessState, readAccessState, type SeenDatabase, writeAccessState } from '../access/access-state.ts'
import { endAllAccess, type RestoreCause } from './end-all-access.ts'

export type RestoreWatchOptions = Readonly<{
  database: Database
  /** CHURCHHUB_HOME, where this node stores what it has seen. */
  home: string
  /** SESSION_EPOCH. */
  sessionEpoch: string | null
  keepsPasswords: boolean
}>

/** The result of a check. */
type Watched = Readonly<{ restored: RestoreCause | null; hasBaseline: boolean }>

export type RestoreWatch = Readonly<{
  /**
   * Compares the database with what this node has seen of it, revokes all access if it was rolled back, and advances
   * this node's checkpoint in the database and in CHURCHHUB_HOME.
   *
   * @throws ConfigurationError for a SESSION_EPOCH that was in force before the current one
   */
  check(): Promise<Watched>
  /** Revokes all access because an operator declares a restore. */
  end(): Promise<Watched>
  /** Remembers that the audit log's baseline is recorded. */
  noteBaseline(): Promise<void>
}>

type IdentityRow = Readonly<{ id: string; epoch: string; declarations: string[] }>
type Checkpoint = Readonly<{ counter: number; marker: string }>

/**
 * Detects that the database is older than what this node has seen. A node's checkpoint is a counter that only this node
 * increments: first in the database, then in the file. So the file is never ahead, even after a crash, unless the
 * database was rolled back.
 */
export function createRestoreWatch(options: RestoreWatchOptions): RestoreWatch {
  const { database, home } = options
  let last: Promise<unknown> = Promise.resolve()

  /** Serialized: each run reads and writes the file. */
  function serialize<T>(work: () => Promise<T>): Promise<T> {
    const result = last.catch(() => undefined).then(work)
    last = result
    return result
  }

  async function check(isDeclared: boolean): Promise<Watched> {
    const state = await readAccessState(home)
    const checked = await database.$transaction((tx) => checkAndAdvance(tx, options, state, isDeclared), {
      timeout: 60_000,
    })
    await writeAccessState(home, checked.state)
    return checked
  }

  return {
    check: () => serialize(() => check(false)),
    end: () => serialize(() => check(true)),
    noteBaseline: () =>
      serialize(async () => {
        const state = await readAccessState(home)
        const { id } = await readIdentity(database)
        const seen = state.databases[id]
        if (seen === undefined || seen.hasBaseline) return
        await writeAccessState(home, withSeen(state, id, { ...seen, hasBaseline: true }))
      }),
  }
}

async function checkAndAdvance(
  tx: Transaction,
  { sessionEpoch, keepsPasswords }: RestoreWatchOptions,
  state: AccessState,
  isDeclared: boolean,
): Promise<Watched & Readonly<{ state: AccessState }>> {
  // If two nodes detect it at once, the second finds the new epoch, and only its own checkpoint is behind.
  await tx.$executeRaw`SELECT FROM database_identity FOR UPDATE`
  const identity = await readIdentity(tx)
  const seen = state.databases[identity.id] ?? null
  const declaration = declarationIn(identity, sessionEpoch)
  const checkpoint = await readCheckpoint(tx, state.nodeId)
  const detected = declaration === null ? causeOf(identity, checkpoint, seen) : 'declared'
  const restored = detected ?? (isDeclared ? 'command' : null)
  const isEnded = !isDeclared && restored === 'checkpoint' && seen !== null && isNewEpoch(identity, seen)
  const epoch =
    restored === null || isEnded
      ? identity.epoch
      : await endAllAccess(tx, { cause: restored, keepsPasswords, declaration })
  const next = await advanceCheckpoint(tx, state.nodeId, Math.max(checkpoint?.counter ?? 0, seen?.counter ?? 0) + 1)
  const pastEpochs = new Set([...(seen === null ? [] : [...seen.pastEpochs, seen.epoch]), identity.epoch])
  pastEpochs.delete(epoch)
  const hasBaseline = seen?.hasBaseline ?? false
  const updated: SeenDatabase = { epoch, pastEpochs: [...pastEpochs], ...next, hasBaseline }
  return { restored: isEnded ? null : restored, hasBaseline, state: withSeen(state, identity.id, updated) }
}

function causeOf(identity: IdentityRow, checkpoint: Checkpoint | null, seen: SeenDatabase | null): RestoreCause | null {
  // This node has never worked with the database: either is new.
  if (seen === null) return null
  if (seen.pastEpochs.includes(identity.epoch)) return 'epoch'
  if (checkpoint === null || checkpoint.counter < seen.counter) return 'checkpoint'
  return checkpoint.counter === seen.counter && checkpoint.marker !== seen.marker ? 'checkpoint' : null
}

/** Another node has detected the same restore and started an epoch that this node hasn't seen. */
function isNewEpoch({ epoch }: IdentityRow, seen: SeenDatabase): boolean {
  return epoch !== seen.epoch && !seen.pastEpochs.includes(epoch)
}

/** The digest of a SESSION_EPOCH that differs from the current one; null if it is unset or the same. */
function declarationIn({ declarations }: IdentityRow, sessionEpoch: string | null): string | null {
  if (sessionEpoch === null) return null
  const digest = createHash('sha256').update(`churchhub session epoch ${sessionEpoch}`, 'utf8').digest('hex')
  if (declarations.at(-1) === digest) return null
  if (declarations.includes(digest)) {
    throw new ConfigurationError(
      'SESSION_EPOCH has a value from before its last change. Set the current value on every node, or a new one.',
    )
  }
  return digest
}

async function readIdentity(tx: Pick<Transaction, '$queryRaw'>): Promise<IdentityRow> {
  const [row] = await tx.$queryRaw<IdentityRow[]>`SELECT id, epoch, declarations FROM database_identity`
  if (row === undefined)
    throw new ConfigurationError('The table database_identity has no row. Restore it from a backup.')
  return row
}

async function readCheckpoint(tx: Transaction, nodeId: string): Promise<Checkpoint | null> {
  const [row] = await tx.$queryRaw<Checkpoint[]>`
    SELECT counter::float8 AS counter, marker FROM node_checkpoints WHERE "nodeId" = ${nodeId}::uuid FOR UPDATE`
  return row ?? null
}

async function advanceCheckpoint(tx: Transaction, nodeId: string, counter: number): Promise<Checkpoint> {
  const marker = randomUUID()
  await tx.$executeRaw`
    INSERT INTO node_checkpoints ("nodeId", counter, marker) VALUES (${nodeId}::uuid, ${counter}::bigint, ${marker}::uuid)
    ON CONFLICT ("nodeId") DO UPDATE SET counter = excluded.counter, marker = excluded.marker, "updatedAt" = now()`
  return { counter, marker }
}

function withSeen(state: AccessState, databaseId: string, seen: SeenDatabase): AccessState {
  return { ...state, databases: { ...state.databases, [databaseId]: seen } }
}
