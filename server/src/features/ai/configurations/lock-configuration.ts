import type { Viewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { mayReadConfiguration, mayWriteConfiguration } from '../policy.ts'
import { type ConfigurationRow, findConfiguration } from '../reads.ts'
import { lockScope } from './lock-scope.ts'

/**
 * Reads a configuration for update and locks its scope until the end of the transaction.
 *
 * @throws NotFoundError if it doesn't exist or the viewer can't read it; ForbiddenError if the viewer may only read it
 */
export async function lockConfiguration(tx: Transaction, viewer: Viewer, id: string): Promise<ConfigurationRow> {
  const found = isUuid(id) ? await findConfiguration(tx, id) : null
  if (found === null || !mayReadConfiguration(viewer, found)) throw new NotFoundError()
  if (!mayWriteConfiguration(viewer, found)) throw new ForbiddenError()
  await lockScope(tx, found.userId)
  const configuration = await findConfiguration(tx, id)
  if (configuration === null) throw new NotFoundError()
  return configuration
}
