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

type DeadToken = Readonly<{ id: string; userId: string; reason: 'expired' | 'revoked' | 'inactive' | 'unconfirmed' }>

export function createRefusedTokens({ database, clock, bursts }: RefusedTokensOptions): RefusedTokens {
  async function findDead(token: string): Promise<DeadToken | null> {
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

  const add = (dead: DeadToken | null, origin: Origin) =>
    bursts.add({
      action: 'token.refused',
      resource: 'api_token',
      resourceId: dead?.id ?? null,
      // The holder of an invalid token need not be the user it was made for.
      userId: null,
      bookingId: null,
      ...(dead !== null && { subjectUserId: dead.userId }),
      origin,
      metadata: { reason: dead?.reason ?? 'unknown' },
    })

  return {
    record: async (token, origin) => add(await findDead(token), origin),

    recordUnconfirmed: async (token, origin) => {
      const found = await findDead(token)
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
