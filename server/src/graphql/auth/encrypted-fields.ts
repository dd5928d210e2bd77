import DataLoader from 'dataloader'
import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { type EncryptedKind, encryptedSources } from '../../core/audit/read/encrypted-sources.ts'
import { refuseToken } from '../../core/audit/read/refuse-token.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { type Context, type Deps, once, viewerOf } from './context.ts'

/** Points that a sealed field costs, as a field of Mutation does: each opening, and each refusal, is written to the log. */
export const encryptedFieldPoints = 10

/** Opens many rows at once: for each id its content, null where nothing is sealed in it, or its own error. */
export type OpenMany<T> = (
  deps: Deps,
  viewer: PersonViewer,
  origin: Origin,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, T | null | Error>>

/**
 * Makes the function that a sealed field resolves with. What one operation opens of a kind is opened, and put on
 * record, together.
 *
 * The same function answers whom the field's rule refuses: it records the refusal and gives its error. An API token is
 * refused before anything that could open is called.
 */
export function encryptedField<T>(
  kind: EncryptedKind,
  open: OpenMany<T>,
): (context: Context, id: string) => Promise<T | null> {
  const key = Symbol('sealed')
  return (context, id) => {
    const loader = once(context, key, () => {
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
        // Plaintext must not outlive the answer that it is for; a subscription's context lives for hours.
        { cache: false },
      )
    })
    return loader.load(id)
  }
}

/**
 * Records that somebody asked by id for a row that is not theirs, whatever they wanted of it. The caller answers with
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
