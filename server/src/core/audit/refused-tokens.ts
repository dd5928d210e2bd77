import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import type { Origin, TokenViewer } from '../access/viewer.ts'
import { isTokenText, tokenHashOf } from '../tokens/token.ts'
import type { Bursts } from './bursts.ts'

/** Records refused API tokens, at most once a minute for each source and token. */
export type RefusedTokens = Readonly<{
  /** An invalid token: unknown, expired or revoked, or its user is deactivated. */
  record(token: string, origin: Origin): Promise<void>
  /** A token that an admin has to confirm after a restore. */
  recordUnconfirmed(token: string, origin: Origin): Promise<void>
  /** A token that lacks the required scope. */
  recordForbidden(viewer: TokenViewer, origin: Origin): Promise<void>
}>

type RefusedTokensOptions = Readonly<{ database: Database; clock: Clock; bursts: Pick<Bursts, 'add'> }>

type InvalidToken = Readonly<{ id: string; userId: string; reason: 'expired' | 'revoked' | 'inactive' | 'unconfirmed' }>

export function createRefusedTokens({ database, clock, bursts }: RefusedTokensOptions): RefusedTokens {
  async function findInvalid(token: string): Promise<InvalidToken | null> {
    if (!isTokenText(token)) return null
    const row = await database.apiToken.findFirst({
      where: { tokenHash: tokenHashOf(token) },
      select: { id: true, userId: true, revokedAt: true, expiresAt: true },
    })
    if (row === null) return null
    const { id, userId, revokedAt, expiresAt } = row
    if (revokedAt !== null) return { id, userId, reason: 'revoked' }
    const hasExpired = expiresAt === null || expiresAt <= clock.now()
    return { id, userId, reason: hasExpired ? 'expired' : 'inactive' }
  }

  const add = (invalid: InvalidToken | null, origin: Origin) =>
    bursts.add({
      action: 'token.refused',
      resource: 'api_token',
      resourceId: invalid?.id ?? null,
      // The holder of an invalid token need not be the user it was made for.
      userId: null,
      bookingId: null,
      ...(invalid !== null && { subjectUserId: invalid.userId }),
      origin,
      metadata: { reason: invalid?.reason ?? 'unknown' },
    })

  return {
    record: async (token, origin) => add(await findInvalid(token), origin),

    recordUnconfirmed: async (token, origin) => {
      const found = await findInvalid(token)
      await add(found && { ...found, reason: 'unconfirmed' }, origin)
    },

    recordForbidden: (viewer, origin) =>
      bursts.add({
        action: 'token.refused',
        resource: 'api_token',
        resourceId: viewer.tokenId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { reason: 'forbidden' },
      }),
  }
}
