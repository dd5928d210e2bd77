import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import type { NewId } from '../../../platform/ids.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { Origin, TokenViewer } from '../../access/viewer.ts'
import { AuditUnavailableError } from '../errors.ts'
import type { EncryptedSource } from './audited-read.ts'
import type { AuditedReader } from './audited-reader.ts'

/**
 * Records that an API token asked for encrypted rows, and returns the error for each ID: ForbiddenError if the token's
 * user may know of the row, NotFoundError otherwise. No scope allows decryption, so this function has no access to the
 * vault.
 *
 * @throws AuditUnavailableError when the log can't be written
 */
export async function refuseToken(
  deps: Readonly<{ auditedReader: AuditedReader; newId: NewId }>,
  source: EncryptedSource,
  viewer: TokenViewer,
  origin: Origin,
  ids: readonly string[],
): Promise<Map<string, ForbiddenError | NotFoundError>> {
  const rowIds = [...new Set(ids)].filter(isUuid)
  const requests = rowIds.map((rowId) => ({ source, rowId, viewer, origin, entryId: deps.newId() }))
  const grants = await deps.auditedReader(requests)
  if (grants.some(({ kind }) => kind === 'unrecorded')) throw new AuditUnavailableError()
  const forbidden = new Set(rowIds.filter((_, index) => grants[index]?.kind !== 'not_found'))
  return new Map(ids.map((id) => [id, forbidden.has(id) ? new ForbiddenError() : new NotFoundError()]))
}
