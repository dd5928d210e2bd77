import type { DocumentProblem, StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Database } from '../../../platform/database/client.ts'
import { actAsEndpoint } from '../act-as-endpoint.ts'
import { checkScopes } from '../endpoints/check-scopes.ts'
import { readLatestChanges } from '../latest-changes.reads.ts'
import { endpointFormat, typeOfChange } from '../model.ts'
import type { WebhookBody } from './body.model.ts'
import { buildBody } from './build-body.ts'

type PreviewDeps = Readonly<{ database: Database; documents: StoredDocuments }>

/** What a document would send. `body` null: something is wrong with it, or it wanted none of the changes looked at. */
export type MessagePreview = Readonly<{
  problems: readonly DocumentProblem[]
  body: WebhookBody | null
  changesLookedAt: number
}>

/** Of so many of the latest changes the first that the document wants is shown. */
const mostChanges = 10

/**
 * What a document with these scopes would send for the latest change that it wants. Nothing is sent, and nothing is kept.
 *
 * @throws BadUserInputError, ScopesBeyondTokenError
 */
export async function previewMessage(
  deps: PreviewDeps,
  viewer: Viewer,
  given: Readonly<{ document: string; scopes: readonly string[] }>,
): Promise<MessagePreview> {
  const { document } = checkInput(endpointFormat.pick({ document: true }), given)
  const scopes = checkScopes(viewer, given.scopes)
  const endpoint = { id: viewer.userId, userId: viewer.userId, scopes, document }
  const problems = deps.documents.problemsOf(document, actAsEndpoint(endpoint, viewer.role))
  if (problems.length > 0) return { problems, body: null, changesLookedAt: 0 }
  let changesLookedAt = 0
  for (const change of await readLatestChanges(deps.database, viewer, mostChanges)) {
    changesLookedAt += 1
    const { ownerId, number: changeNumber, bookingId, createdAt: happenedAt } = change
    const message = { type: typeOfChange(change.kind), ownerId, changeNumber, bookingId, happenedAt }
    const made = await buildBody(deps, endpoint, viewer.role, message)
    if (made.kind === 'wanted') return { problems: [], body: made.body, changesLookedAt }
    if (made.kind === 'failed') {
      return { problems: [{ ...unplaced, code: made.code }], body: null, changesLookedAt }
    }
  }
  return { problems: [], body: null, changesLookedAt }
}

const unplaced = { message: 'Running the document failed.', line: null, column: null, missingScope: [] }
