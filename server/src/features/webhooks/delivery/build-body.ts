import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { Role } from '../../../core/access/viewer.ts'
import { endpointViewer } from '../endpoint-viewer.ts'
import { kindOfMessage } from '../model.ts'
import { bodyOf, pingBody, type WebhookBody } from './body.model.ts'

export type BuiltBody =
  | Readonly<{ kind: 'wanted'; body: WebhookBody }>
  | Readonly<{ kind: 'filtered' }>
  | Readonly<{ kind: 'failed'; code: string }>

type Message = Readonly<{
  type: string
  ownerId: string | null
  changeNumber: bigint | null
  bookingId: string | null
  happenedAt: Date
}>

type Endpoint = Readonly<{ id: string; userId: string; scopes: readonly string[]; document: string }>

/**
 * Builds a message's payload from current data: runs the endpoint's document for the change, with the endpoint's
 * permissions. A document that no longer matches the schema fails with DOCUMENT_INVALID.
 */
export async function buildBody(
  { documents }: Readonly<{ documents: StoredDocuments }>,
  endpoint: Endpoint,
  role: Role,
  message: Message,
): Promise<BuiltBody> {
  const kind = kindOfMessage(message.type)
  if (kind === null) return { kind: 'wanted', body: pingBody(endpoint.id, message.happenedAt) }
  const viewer = endpointViewer(endpoint, role)
  if (documents.problemsOf(endpoint.document, viewer).length > 0) return { kind: 'failed', code: 'DOCUMENT_INVALID' }
  const { ownerId, changeNumber: number, bookingId } = message
  const outcome = await documents.run(endpoint.document, viewer, { ownerId, number, bookingId, kind, cursor: '' })
  if (outcome.kind !== 'wanted') return outcome
  return { kind: 'wanted', body: bodyOf(message.type, message.happenedAt, outcome.data) }
}
