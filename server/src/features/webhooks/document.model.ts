import type { Viewer } from '../../core/access/viewer.ts'

/** One thing that is wrong with a document, and where in its text. */
export type DocumentProblem = Readonly<{
  code: string
  message: string
  line: number | null
  column: number | null
  /** The scopes of which one would do, where that is what is missing. */
  missingScope: readonly string[]
}>

/** What became of running a stored document for one event. `filtered`: its arguments did not want this one. */
export type DocumentOutcome =
  | Readonly<{ kind: 'wanted'; data: unknown }>
  | Readonly<{ kind: 'filtered' }>
  | Readonly<{ kind: 'failed'; code: string }>

/** What runs stored documents: the graph, as verbs see it. */
export type StoredDocuments = Readonly<{
  /** Everything that is wrong with a document for a viewer. Empty: it can be run. */
  problemsOf(document: string, viewer: Viewer): readonly DocumentProblem[]
  /** Runs a document for one event, as if its viewer had followed live. Never throws for what the document asks. */
  run(document: string, viewer: Viewer, event: unknown): Promise<DocumentOutcome>
}>

/** The document that a new endpoint is offered, and that most need no other than. */
export const exampleDocument = `subscription {
  bookingChanged {
    kind
    booking { id status startTime endTime title owner { id name } }
  }
}`
