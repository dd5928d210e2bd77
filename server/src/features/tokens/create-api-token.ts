import { scopesBeyondCounting } from '../../core/access/counting.ts'
import { scopesOfRole } from '../../core/access/role-scopes.ts'
import { allScopes, isScope, type Scope } from '../../core/access/scopes.ts'
import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { mintToken } from '../../core/tokens/token.ts'
import { checkInput } from '../../platform/check-input.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import type { NewId } from '../../platform/ids.ts'
import type { Secret } from '../../platform/secret.ts'
import { endOf, newTokenFormat, ttlDays } from './model.ts'

type CreateDeps = Readonly<{ database: Database; clock: Clock; newId: NewId }>

/**
 * Creates an API token. Requires a session: a token that could create tokens could outlive its own expiry. The token itself
 * is only in the return value and is not stored.
 *
 * @throws BadUserInputError for an invalid name, scope or expiry, and for a scope that the viewer's role can't use
 */
export async function createApiToken(
  { database, clock, newId }: CreateDeps,
  viewer: PersonViewer,
  origin: Origin,
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<{ tokenId: string; token: Secret }>> {
  const checked = checkInput(newTokenFormat, input)
  const scopes = scopesFor(viewer, checked.scopes)
  const now = clock.now()
  const expiresAt = endOf(checked.expiresAt, now)
  if (expiresAt === null) {
    throw new BadUserInputError('expiresAt', `The expiry must be in the future, at most ${ttlDays.max} days from now.`)
  }
  const { token, hash, prefix } = mintToken()
  const tokenId = newId()
  await database.$transaction(async (tx) => {
    await tx.apiToken.create({
      data: {
        id: tokenId,
        userId: viewer.userId,
        name: checked.name,
        prefix,
        tokenHash: hash,
        scopes: [...scopes],
        expiresAt,
        createdAt: now,
      },
    })
    await recordAudit(tx, [
      {
        action: 'token.created',
        resource: 'api_token',
        resourceId: tokenId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { scopes: [...scopes] },
      },
    ])
  })
  return { tokenId, token }
}

/** Returns the scopes in canonical order, without duplicates. */
function scopesFor({ role }: PersonViewer, asked: readonly string[]): readonly Scope[] {
  if (!asked.every(isScope))
    throw new BadUserInputError('scopes', 'Unknown scope. Use the names from `apiTokenScopes`.')
  const mayGive = scopesOfRole(role)
  if (!asked.every((scope) => mayGive.includes(scope))) {
    throw new BadUserInputError('scopes', "Your role can't use this scope, so your tokens can't either. Remove it.")
  }
  const scopes = allScopes.filter((scope) => asked.includes(scope))
  const excessScopes = scopesBeyondCounting(scopes)
  if (excessScopes.length > 0) {
    const message = `A token with count-only sees no rows. Leave out ${excessScopes.join(', ')}, or make a second token for them.`
    throw new BadUserInputError('scopes', message)
  }
  return scopes
}
