import type { Scope } from './scopes.ts'
import type { Viewer } from './viewer.ts'

/** A problem with a stored document, and its position in the text. */
export type DocumentProblem = Readonly<{
  code: string
  message: string
  line: number | null
  column: number | null
  /** For a missing scope: the scopes of which any one is sufficient. Otherwise empty. */
  missingScope: readonly Scope[]
}>

/** The result of running a stored document for one event. `filtered`: its arguments excluded the event. */
export type DocumentOutcome =
  | Readonly<{ kind: 'wanted'; data: unknown }>
  | Readonly<{ kind: 'filtered' }>
  | Readonly<{ kind: 'failed'; code: string }>

/** Runs GraphQL subscriptions that are stored, such as those of webhooks. */
export type StoredDocuments = Readonly<{
  /** All problems with a document for a viewer. Empty if it can be run. */
  problemsOf(text: string, viewer: Viewer): readonly DocumentProblem[]
  /** Runs a document for one event, as if its viewer had been subscribed. Never rejects. */
  run(text: string, viewer: Viewer, event: unknown): Promise<DocumentOutcome>
}>
