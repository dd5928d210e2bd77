import type { Viewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { mayChangeEndpoint, mayEnableEndpoint, mayReadEndpoint } from '../policy.ts'

const policies = { change: mayChangeEndpoint, switch: mayEnableEndpoint } as const

/**
 * An endpoint, locked until the transaction ends, that the viewer may do this with.
 *
 * @throws NotFoundError where it does not exist for the viewer; ForbiddenError where it does, and is another's
 */
export async function lockEndpoint(tx: Transaction, viewer: Viewer, id: string, deed: keyof typeof policies) {
  if (!isUuid(id)) throw new NotFoundError()
  await tx.$queryRaw`SELECT FROM webhook_endpoints WHERE id = ${id}::uuid FOR UPDATE`
  const endpoint = await tx.webhookEndpoint.findUnique({ where: { id }, include: { owner: true } })
  if (endpoint === null || !mayReadEndpoint(viewer, endpoint)) throw new NotFoundError()
  if (!policies[deed](viewer, endpoint)) throw new ForbiddenError('Only the owner of the webhook can do this.')
  return endpoint
}
