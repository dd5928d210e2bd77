import { randomBytes } from 'node:crypto'
import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { requireFreshSession } from '../../../core/sessions/require-fresh-session.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { GuardedPost } from '../../../platform/http/guarded-post.ts'
import type { NewId } from '../../../platform/ids.ts'
import { readHeads } from '../../bookings/change-feed/changes.reads.ts'
import { encodeCursor, feedScopeOf } from '../../bookings/change-feed/position.model.ts'
import { lockAccount } from '../../users/lock-account.ts'
import { TooManyEndpointsError } from '../errors.ts'
import { endpointFormat, maxEndpoints, shownAddressOf } from '../model.ts'
import { checkDocument } from './check-document.ts'
import { checkScopes } from './check-scopes.ts'
import { checkUrl } from './check-url.ts'
import { type EncryptTargetDeps, encryptTarget } from './encrypt-target.ts'
import { SECRET_BYTES, secretOf } from './signature.model.ts'

export type CreateEndpointDeps = EncryptTargetDeps &
  Readonly<{
    database: Database
    clock: Clock
    newId: NewId
    documents: Pick<StoredDocuments, 'problemsOf'>
    receivers: Pick<GuardedPost, 'findUrlProblem'>
  }>

export type NewEndpoint = Readonly<{ name: string; url: string; document: string; scopes: readonly string[] }>

/**
 * Creates an endpoint for the viewer that receives changes from now on. The signing secret is only in the return value.
 * Requires a recently confirmed password and can't be done with an API token, because an endpoint outlives the token.
 *
 * @throws ForbiddenError, PasswordRequiredError, BadUserInputError, DocumentRefusedError, ScopesBeyondTokenError,
 * TooManyEndpointsError, AuditUnavailableError
 */
export async function createEndpoint(
  deps: CreateEndpointDeps,
  viewer: Viewer,
  origin: Origin,
  input: NewEndpoint,
): Promise<{ endpointId: string; secret: string }> {
  const { name, url, document } = checkInput(endpointFormat, input)
  checkUrl(deps, url)
  const scopes = checkScopes(viewer, input.scopes)
  const endpoint = { id: deps.newId(), userId: viewer.userId, scopes, document }
  checkDocument(deps, endpoint, viewer.role)
  const secret = secretOf(randomBytes(SECRET_BYTES))
  const sealedTarget = await encryptTarget(deps, endpoint, { url, secret, previous: null })
  const scope = feedScopeOf(viewer)
  // Read before the endpoint exists, so that no change in between is lost.
  const cursor = encodeCursor(await readHeads(deps.database, scope))
  const now = deps.clock.now()
  await deps.database.$transaction(async (tx) => {
    await requireFreshSession(tx, deps, viewer)
    // Otherwise two concurrent requests could exceed the limit.
    await lockAccount(tx, viewer.userId)
    const count = await tx.webhookEndpoint.count({ where: { userId: viewer.userId } })
    if (count >= maxEndpoints) throw new TooManyEndpointsError(maxEndpoints)
    const followsEverybody = 'everybody' in scope
    const columns = { name, address: shownAddressOf(url), sealedTarget, cursor, followsEverybody }
    await tx.webhookEndpoint.create({ data: { ...endpoint, ...columns, createdAt: now, updatedAt: now } })
    await recordAudit(tx, [
      {
        action: 'endpoint.created',
        resource: 'webhook_endpoint',
        resourceId: endpoint.id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { scopes },
      },
    ])
  })
  return { endpointId: endpoint.id, secret }
}
