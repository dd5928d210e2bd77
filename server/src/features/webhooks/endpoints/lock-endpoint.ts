import type { Viewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { mayChangeEndpoint, mayEnableEndpoint, mayReadEndpoint } from '../policy.ts'

const policies = { change: mayChangeEndpoint, switch: mayEnableEndpoint } as const

/**
 * Reads an endpoint and locks it until the end of the transaction, if the viewer may perform the operation.
 *
 * @throws NotFoundError if it doesn't exist or the viewer can't read it; ForbiddenError if the viewer may only read it
 */
export async function lockEndpoint(tx: Transaction, viewer: Viewer, id: string, operation: keyof typeof policies) {
  if (!isUuid(id)) throw new NotFoundError()
  await tx.$queryRaw`SELECT FROM webhook_endpoints WHERE id = ${id}::uuid FOR UPDATE`
  const endpoint = await tx.webhookEndpoint.findUnique({ where: { id }, include: { owner: true } })
  if (endpoint === null || !mayReadEndpoint(viewer, endpoint)) throw new NotFoundError()
  if (!policies[operation](viewer, endpoint)) throw new ForbiddenError('Only the owner of the webhook can do this.')
  return endpoint
}
