import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { requireFreshSession } from '../../../core/sessions/require-fresh-session.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Prisma } from '../../../platform/database/client.ts'
import { endpointViewer } from '../endpoint-viewer.ts'
import { ScopesBeyondTokenError } from '../errors.ts'
import { endpointFormat, shownAddressOf } from '../model.ts'
import { missingScopes } from '../policy.ts'
import { checkDocument } from './check-document.ts'
import { checkScopes } from './check-scopes.ts'
import { checkUrl } from './check-url.ts'
import type { CreateEndpointDeps, NewEndpoint } from './create-endpoint.ts'
import { type DecryptTargetDeps, decryptTarget } from './decrypt-target.ts'
import { encryptTarget } from './encrypt-target.ts'
import { lockEndpoint } from './lock-endpoint.ts'

export type ChangeEndpointDeps = CreateEndpointDeps & DecryptTargetDeps

/** A partial update; omitted and null fields keep their values. */
export type EndpointChanges = Readonly<{ [Field in keyof NewEndpoint]?: NewEndpoint[Field] | null | undefined }>

/**
 * Updates one of the viewer's own endpoints. Pending messages are sent to the new URL with the new document. Changing the
 * URL requires a recently confirmed password.
 *
 * @throws NotFoundError, ForbiddenError, PasswordRequiredError, BadUserInputError, DocumentRefusedError,
 * ScopesBeyondTokenError, UnreadableError, AuditUnavailableError
 */
export async function changeEndpoint(
  deps: ChangeEndpointDeps,
  viewer: Viewer,
  origin: Origin,
  id: string,
  changes: EndpointChanges,
): Promise<void> {
  const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null))
  const { name, url, document } = checkInput(endpointFormat.partial(), changed)
  if (url !== undefined) checkUrl(deps, url)
  await deps.database.$transaction(async (tx) => {
    const endpoint = await lockEndpoint(tx, viewer, id, 'change')
    const missing = missingScopes(viewer, [...endpointViewer(endpoint, endpoint.owner.role).scopes])
    if (missing.length > 0) throw new ScopesBeyondTokenError(missing)
    if (url !== undefined) await requireFreshSession(tx, deps, viewer)
    const scopes = changes.scopes == null ? endpoint.scopes : checkScopes(viewer, changes.scopes)
    const next = { ...endpoint, scopes, document: document ?? endpoint.document }
    if (document !== undefined || changes.scopes != null) checkDocument(deps, next, endpoint.owner.role)
    const data: Prisma.WebhookEndpointUpdateInput = { scopes, document: next.document, updatedAt: deps.clock.now() }
    if (name !== undefined) data.name = name
    if (url !== undefined) {
      data.sealedTarget = await encryptTarget(deps, endpoint, { ...(await decryptTarget(deps, endpoint)), url })
      data.address = shownAddressOf(url)
    }
    await tx.webhookEndpoint.update({ where: { id }, data })
    await recordAudit(tx, [
      {
        action: 'endpoint.changed',
        resource: 'webhook_endpoint',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { changed: Object.keys(changed), scopes },
      },
    ])
  })
}
