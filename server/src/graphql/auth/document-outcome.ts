import type { Scope } from '../../core/access/scopes.ts'
import type { Viewer } from '../../core/access/viewer.ts'

/** One thing that is wrong with a document, and where in its text. */
export type DocumentProblem = Readonly<{
  code: string
  message: string
  line: number | null
  column: number | null
  missingScope: readonly Scope[]
}>

/** What became of running a document for one event. */
export type DocumentOutcome =
  | Readonly<{ kind: 'wanted'; data: unknown }>
  | Readonly<{ kind: 'filtered' }>
  | Readonly<{ kind: 'failed'; code: string }>

/** What runs subscriptions that were stored. */
export type StoredDocuments = Readonly<{
  /** Everything that is wrong with a document for a viewer. Empty: it can be run. */
  problemsOf(text: string, viewer: Viewer): readonly DocumentProblem[]
  /** Runs a document for one event, as if its viewer had followed live. Never throws for what the document asks. */
  run(text: string, viewer: Viewer, event: unknown): Promise<DocumentOutcome>
}>
