import DataLoader from 'dataloader'
import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { type EncryptedKind, encryptedSources } from '../../core/audit/read/encrypted-sources.ts'
import { refuseToken } from '../../core/audit/read/refuse-token.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { type Context, type Deps, memoized, viewerOf } from './context.ts'

/**
 * Points of an encrypted field, the same as of a field of Mutation: each read and each refusal writes to the audit log.
 */
export const encryptedFieldPoints = 10

/** Decrypts many rows at once. Returns for each ID its plaintext, null if nothing is encrypted, or an error. */
export type OpenMany<T> = (
  deps: Deps,
  viewer: PersonViewer,
  origin: Origin,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, T | null | Error>>

/**
 * Creates the resolver function of an encrypted field. It decrypts all rows of one kind in an operation together, and
 * records them together in the audit log.
 *
 * The same function answers viewers whom the field's rule rejects: it records the refusal and throws its error. An API
 * token is rejected before any code that could decrypt is called.
 */
export function encryptedField<T>(
  kind: EncryptedKind,
  open: OpenMany<T>,
): (context: Context, id: string) => Promise<T | null> {
  const key = Symbol('sealed')
  return (context, id) => {
    const loader = memoized(context, key, () => {
      const viewer = viewerOf(context)
      return new DataLoader<string, T | null>(
        async (ids) => {
          const { deps, origin } = context
          const opened: ReadonlyMap<string, T | null | Error> =
            viewer.kind === 'person'
              ? await open(deps, viewer, origin, ids)
              : await refuseToken(deps, encryptedSources[kind], viewer, origin, ids)
          return ids.map((each) => opened.get(each) ?? null)
        },
        // Plaintext must not outlive its response, and a subscription's context lives for hours.
        { cache: false },
      )
    })
    return loader.load(id)
  }
}

/**
 * Records a lookup by ID of a row that the viewer doesn't own, whichever field was selected. The caller responds with
 * NOT_FOUND either way.
 */
export function recordMiss<T>(open: (context: Context, id: string) => Promise<T | null>) {
  return async (context: Context, id: string): Promise<void> => {
    await open(context, id).catch((error: unknown) => {
      if (error instanceof NotFoundError || error instanceof ForbiddenError) return
      throw error
    })
  }
}
