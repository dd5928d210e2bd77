import { randomBytes } from 'node:crypto'
import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import { endpointViewer } from '../endpoint-viewer.ts'
import { ScopesBeyondTokenError } from '../errors.ts'
import { missingScopes } from '../policy.ts'
import { type DecryptTargetDeps, decryptTarget } from './decrypt-target.ts'
import { type EncryptTargetDeps, encryptTarget } from './encrypt-target.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { overlapMs, SECRET_BYTES, secretOf } from './signature.model.ts'

/**
 * Replaces the signing secret of one of the viewer's own endpoints. The new secret is only in the return value. For a day,
 * messages are signed with both secrets, so that the receiver can be updated.
 *
 * @throws NotFoundError, ForbiddenError, ScopesBeyondTokenError, UnreadableError, AuditUnavailableError
 */
export async function rotateEndpointSecret(
  deps: EncryptTargetDeps & DecryptTargetDeps & Readonly<{ clock: Clock }>,
  viewer: Viewer,
  origin: Origin,
  id: string,
): Promise<{ secret: string }> {
  const secret = secretOf(randomBytes(SECRET_BYTES))
  const now = deps.clock.now()
  const until = new Date(now.getTime() + overlapMs)
  await deps.database.$transaction(async (tx) => {
    const endpoint = await lockEndpoint(tx, viewer, id, 'change')
    // The secret is enough to impersonate ChurchHub to the receiver, so a token needs all of the endpoint's scopes.
    const missing = missingScopes(viewer, [...endpointViewer(endpoint, endpoint.owner.role).scopes])
    if (missing.length > 0) throw new ScopesBeyondTokenError(missing)
    const target = await decryptTarget(deps, endpoint)
    const previous = { secret: target.secret, until: until.toISOString() }
    const sealedTarget = await encryptTarget(deps, endpoint, { ...target, secret, previous })
    await tx.webhookEndpoint.update({
      where: { id },
      data: { sealedTarget, previousSecretUntil: until, updatedAt: now },
    })
    await recordAudit(tx, [
      {
        action: 'endpoint.secret_rotated',
        resource: 'webhook_endpoint',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
  return { secret }
}
