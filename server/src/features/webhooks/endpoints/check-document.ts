import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { Role } from '../../../core/access/viewer.ts'
import { endpointViewer } from '../endpoint-viewer.ts'
import { DocumentRefusedError } from '../errors.ts'

type Checked = Readonly<{ id: string; userId: string; scopes: readonly string[]; document: string }>

/** Checks that the endpoint can run its document with its scopes. Throws DocumentRefusedError. */
export function checkDocument(
  { documents }: Readonly<{ documents: Pick<StoredDocuments, 'problemsOf'> }>,
  endpoint: Checked,
  role: Role,
): void {
  const problems = documents.problemsOf(endpoint.document, endpointViewer(endpoint, role))
  if (problems.length > 0) throw new DocumentRefusedError(problems)
}
