import type { Database } from '../../../platform/database/client.ts'
import { type ChurchHubError, ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Origin, PersonViewer } from '../../access/viewer.ts'
import type { EncryptedColumn } from '../../vault/aad-context.ts'
import { UnreadableError } from '../../vault/errors.ts'
import type { Vault } from '../../vault/vault.ts'
import type { AuditResource } from '../actions.ts'
import { AuditUnavailableError } from '../errors.ts'
import { recordAudit } from '../record.ts'
import type { EncryptedSource, ReadGrant } from './audited-read.ts'
import type { AuditedReader } from './audited-reader.ts'

export type DecryptDeps = Readonly<{ database: Database; vault: Vault; newId: NewId }>

export type OpenDeps = DecryptDeps & Readonly<{ auditedReader: AuditedReader }>

/** The result for one row: its content, null if it has no encrypted value, or the error. */
export type Opened<T> = T | null | ChurchHubError

/** An encrypted text, and the owner ID for its AAD. */
export type EncryptedText = Readonly<{
  column: EncryptedColumn
  resource: AuditResource
  rowId: string
  bookingId: string
  sealed: string
}>

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/**
 * Decrypts the rows a viewer asks for. Each read, and each refusal of an existing row, is in the audit log before
 * anything is decrypted. Returns for each ID its content or its own error: NotFoundError, ForbiddenError (for an admin,
 * who may know that it exists), or UnreadableError.
 *
 * Throws AuditUnavailableError when the log can't be written: then nothing is decrypted.
 */
export async function openAudited<T>(
  deps: OpenDeps,
  source: EncryptedSource,
  viewer: PersonViewer,
  origin: Origin,
  ids: readonly string[],
  parse: (plaintext: string) => T,
): Promise<Map<string, Opened<T>>> {
  const rowIds = [...new Set(ids)].filter((id) => uuidPattern.test(id))
  const requests = rowIds.map((rowId) => ({ source, rowId, viewer, origin, entryId: deps.newId() }))
  const grants = recorded(await deps.auditedReader(requests))
  const opened = await Promise.all(
    grants.map(async (grant, index): Promise<[string, Opened<T>]> => {
      const rowId = rowIds[index] ?? ''
      if (grant.kind === 'empty') return [rowId, null]
      if (grant.kind === 'forbidden') return [rowId, new ForbiddenError()]
      if (grant.kind === 'not_found') return [rowId, new NotFoundError()]
      const text: EncryptedText = { ...source, ...grant, rowId }
      // The viewer's ID, not the row's: another owner's value fails authentication here, whatever went wrong above.
      return [
        rowId,
        await openEncrypted(deps, text, viewer.userId, { userId: viewer.userId, origin }, parse).catch(unreadable),
      ]
    }),
  )
  const byId = new Map(opened)
  return new Map(ids.map((id) => [id, byId.has(id) ? (byId.get(id) ?? null) : new NotFoundError()]))
}

/** Fail closed: if any audit row is missing, decrypt nothing for this viewer. */
function recorded(grants: readonly ReadGrant[]): Exclude<ReadGrant, { kind: 'unrecorded' }>[] {
  return grants.map((grant) => {
    if (grant.kind === 'unrecorded') throw new AuditUnavailableError()
    return grant
  })
}

/**
 * Decrypts and parses one text. A failure is itself recorded in the audit log, because somebody may have replaced the
 * value.
 *
 * @throws UnreadableError once that is recorded; AuditUnavailableError when it can't be
 */
export async function openEncrypted<T>(
  deps: Pick<DecryptDeps, 'database' | 'vault'>,
  text: EncryptedText,
  ownerId: string,
  reader: Readonly<{ userId: string | null; origin: Origin | null }>,
  parse: (plaintext: string) => T,
): Promise<T> {
  const context = { column: text.column, rowId: text.rowId, ownerId }
  try {
    return parsePlaintext(await deps.vault.decrypt(text.sealed, context), parse)
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    const metadata = { column: text.column, sealedDigest: deps.vault.digestOf(text.sealed) }
    const { resource, rowId: resourceId, bookingId } = text
    const entry = { action: 'vault.unreadable', resource, resourceId, bookingId, metadata, ...reader } as const
    await deps.database.$transaction((tx) => recordAudit(tx, [entry]))
    throw new UnreadableError(context)
  }
}

/** No cause: a parser's message may quote its input. */
function parsePlaintext<T>(plaintext: string, parse: (plaintext: string) => T): T {
  try {
    return parse(plaintext)
  } catch {
    throw new UnreadableError()
  }
}

function unreadable(error: unknown): UnreadableError {
  if (error instanceof UnreadableError) return error
  throw error
}
