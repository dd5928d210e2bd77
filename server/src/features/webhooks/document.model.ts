import type { Viewer } from '../../core/access/viewer.ts'

/** A problem in a document, with its location. */
export type DocumentProblem = Readonly<{
  code: string
  message: string
  line: number | null
  column: number | null
  /** If a scope is missing, the scopes of which any one would suffice. */
  missingScope: readonly string[]
}>

/** The result of running a stored document for an event. `filtered`: its arguments exclude the event. */
export type DocumentOutcome =
  | Readonly<{ kind: 'wanted'; data: unknown }>
  | Readonly<{ kind: 'filtered' }>
  | Readonly<{ kind: 'failed'; code: string }>

/** Runs stored documents. Implemented by the GraphQL layer. */
export type StoredDocuments = Readonly<{
  /** All problems that prevent a viewer from running a document. Empty if it can be run. */
  problemsOf(document: string, viewer: Viewer): readonly DocumentProblem[]
  /** Runs a document for one event as a live subscription of its viewer would. Never throws because of the document. */
  run(document: string, viewer: Viewer, event: unknown): Promise<DocumentOutcome>
}>

/** The default document of a new endpoint. */
export const exampleDocument = `subscription {
  bookingChanged {
    kind
    booking { id status startTime endTime title owner { id name } }
  }
}`
