import { createHash } from 'node:crypto'
import type { Plugin } from 'graphql-yoga'
import { loginIdOf, type Viewer } from '../../core/access/viewer.ts'
import { ChurchHubError } from '../../platform/errors.ts'

/** The parts of a request that name its document: its text, its hash, or both, which stores the text. */
export type RequestedDocument = Readonly<{
  query?: unknown
  documentId?: unknown
  extensions?: unknown
}>

/** The documents that callers have sent with their hash, in the memory of this node. */
export type PersistedDocuments = Readonly<{
  /**
   * The text of a requested document. `query` as it is if the request has no hash.
   *
   * @throws ChurchHubError PERSISTED_QUERY_NOT_FOUND if this caller hasn't sent the text, or it has been evicted;
   *   BAD_REQUEST for an invalid hash, or one of another text
   */
  textOf(request: RequestedDocument, viewer: Viewer | null): unknown
}>

/** Limits of one session or token. A client has a few dozen documents. */
const documentsPerCaller = 200
const charactersPerCaller = 512 * 1_024

/** The least recently active callers are forgotten first. */
const callersPerNode = 100

type Documents = { texts: Map<string, string>; characters: number }

export function createPersistedDocuments(): PersistedDocuments {
  const callers = new Map<string, Documents>()

  /** The documents of a caller, who becomes the most recently active one. */
  function documentsOf(viewer: Viewer): Documents {
    const caller = loginIdOf(viewer)
    const own = callers.get(caller) ?? { texts: new Map<string, string>(), characters: 0 }
    callers.delete(caller)
    callers.set(caller, own)
    if (callers.size > callersPerNode) callers.delete(callers.keys().next().value ?? '')
    return own
  }

  function store(own: Documents, hash: string, text: string): void {
    if (own.texts.has(hash) || text.length > charactersPerCaller) return
    own.texts.set(hash, text)
    own.characters += text.length
    for (const [oldest, { length }] of own.texts) {
      if (own.texts.size <= documentsPerCaller && own.characters <= charactersPerCaller) return
      own.texts.delete(oldest)
      own.characters -= length
    }
  }

  return {
    textOf: (request, viewer) => {
      const hash = hashIn(request)
      if (hash === null) return request.query
      const { query } = request
      if (typeof query === 'string' && query !== '') {
        if (createHash('sha256').update(query).digest('hex') !== hash) throw otherHash()
        // A visitor's documents aren't stored: everyone at the same address would share them.
        if (viewer !== null) store(documentsOf(viewer), hash, query)
        return query
      }
      const text = viewer === null ? undefined : documentsOf(viewer).texts.get(hash)
      if (text === undefined) throw notFound()
      return text
    },
  }
}

type CallerContext = Readonly<{ caller: Readonly<{ viewer: Viewer | null }> }>

/** Replaces a hash by the text of its document, before Yoga looks at the request. */
export function persistedDocuments(documents: PersistedDocuments): Plugin<object, CallerContext> {
  return {
    onParams: ({ params, request, context, setParams }) => {
      // Yoga's own parser ignores the parameter in a URL.
      const inUrl = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null
      const { documentId = inUrl, ...rest } = params as typeof params & RequestedDocument // Yoga passes on what the body has
      const query = documents.textOf({ ...rest, documentId }, context.caller.viewer)
      if (query === rest.query && documentId === null) return
      setParams({ ...rest, query: query as string }) // Yoga checks that it is one
    },
  }
}

/** The SHA-256 that a request names, in lower case, or null. */
function hashIn({ documentId, extensions }: RequestedDocument): string | null {
  const id = documentId ?? null
  const persisted = isObject(extensions) ? (extensions.persistedQuery ?? null) : null
  if (id === null && persisted === null) return null
  const named = id ?? versionedHash(persisted)
  const hash = typeof named === 'string' ? named.replace(/^sha256:/, '') : null
  if (hash === null || !/^[0-9a-f]{64}$/i.test(hash)) {
    throw new ChurchHubError(
      'BAD_REQUEST',
      'Name a document by the SHA-256 of its text: `documentId: "sha256:…"`, or `extensions.persistedQuery` with `version: 1` and `sha256Hash`.',
      { http: { status: 400 } },
    )
  }
  return hash.toLowerCase()
}

function versionedHash(persisted: unknown): unknown {
  return isObject(persisted) && persisted.version === 1 ? persisted.sha256Hash : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function otherHash(): ChurchHubError {
  return new ChurchHubError('BAD_REQUEST', "The hash isn't the SHA-256 of `query`.", { http: { status: 400 } })
}

/** Clients recognize the message, and send the text. Some give up after any other status than 200. */
function notFound(): ChurchHubError {
  return new ChurchHubError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound', {
    http: { status: 200, spec: false },
  })
}
