import type { DocumentProblem, StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Database } from '../../../platform/database/client.ts'
import { endpointViewer } from '../endpoint-viewer.ts'
import { checkScopes } from '../endpoints/check-scopes.ts'
import { readLatestChanges } from '../latest-changes.reads.ts'
import { endpointFormat, typeOfChange } from '../model.ts'
import type { WebhookBody } from './body.model.ts'
import { buildBody } from './build-body.ts'

type PreviewDeps = Readonly<{ database: Database; documents: StoredDocuments }>

/** A preview of a message. `body` is null if the document has problems or filters out all of the changes examined. */
export type MessagePreview = Readonly<{
  problems: readonly DocumentProblem[]
  body: WebhookBody | null
  changesLookedAt: number
}>

/** The number of latest changes to examine for one that the document accepts. */
const maxChanges = 10

/**
 * Previews what a document with these scopes would send for the latest change that it accepts. Nothing is sent or stored.
 *
 * @throws BadUserInputError, ScopesBeyondTokenError
 */
export async function previewMessage(
  deps: PreviewDeps,
  viewer: Viewer,
  request: Readonly<{ document: string; scopes: readonly string[] }>,
): Promise<MessagePreview> {
  const { document } = checkInput(endpointFormat.pick({ document: true }), request)
  const scopes = checkScopes(viewer, request.scopes)
  const endpoint = { id: viewer.userId, userId: viewer.userId, scopes, document }
  const problems = deps.documents.problemsOf(document, endpointViewer(endpoint, viewer.role))
  if (problems.length > 0) return { problems, body: null, changesLookedAt: 0 }
  let changesLookedAt = 0
  for (const change of await readLatestChanges(deps.database, viewer, maxChanges)) {
    changesLookedAt += 1
    const { ownerId, number: changeNumber, bookingId, createdAt: happenedAt } = change
    const message = { type: typeOfChange(change.kind), ownerId, changeNumber, bookingId, happenedAt }
    const built = await buildBody(deps, endpoint, viewer.role, message)
    if (built.kind === 'wanted') return { problems: [], body: built.body, changesLookedAt }
    if (built.kind === 'failed') {
      return { problems: [{ ...runtimeProblem, code: built.code }], body: null, changesLookedAt }
    }
  }
  return { problems: [], body: null, changesLookedAt }
}

const runtimeProblem = { message: 'Running the document failed.', line: null, column: null, missingScope: [] }
