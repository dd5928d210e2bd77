import type { Clock } from '../../platform/clock.ts'
import { type Database, Prisma, type ReadRows } from '../../platform/database/client.ts'
import { scopesBeyondCounting } from '../access/counting.ts'
import { isScope, type Scope } from '../access/scopes.ts'
import type { Role, TokenViewer } from '../access/viewer.ts'
import { TokenUnconfirmedError } from './errors.ts'
import { isTokenText, tokenHashOf } from './token.ts'

/** API token validation. */
export type Tokens = Readonly<{
  /**
   * The viewer of a token, or null: unknown, expired, revoked, or of a deactivated user.
   *
   * @throws TokenUnconfirmedError for one that must be confirmed after a restore
   */
  validate(token: string): Promise<TokenViewer | null>
  /** Those of many token IDs that are still valid, by one statement. */
  findValid(tokenIds: readonly string[]): Promise<ReadonlySet<string>>
}>

type TokensOptions = Readonly<{
  database: Database
  clock: Clock
  /** Looks up a token, with every request. Default: through Prisma. */
  readRows?: ReadRows
}>

type TokenRow = Readonly<{
  tokenId: string
  userId: string
  role: Role
  scopes: string[]
  isUseNoted: boolean
  isConfirmed: boolean
}>

/** Precise enough for a list of tokens: a busy script writes once a minute. */
const lastUsePrecisionSeconds = 60

export function createTokens({ database, clock, readRows = (sql) => database.$queryRaw(sql) }: TokensOptions): Tokens {
  /** The UPDATE repeats the condition, so concurrent requests of one script write one row version. */
  async function noteUse(tokenId: string): Promise<void> {
    const now = clock.now()
    await database.$executeRaw`
      UPDATE api_tokens SET "lastUsedAt" = ${now}::timestamptz
      WHERE id = ${tokenId}::uuid AND coalesce("lastUsedAt", '-infinity')
        <= ${now}::timestamptz - ${lastUsePrecisionSeconds} * interval '1 second'`
  }

  return {
    async validate(token) {
      if (!isTokenText(token)) return null
      const now = clock.now()
      // A token without an expiry would never expire, so refuse it.
      const byHash = Prisma.sql`
        SELECT token.id AS "tokenId", token."userId", account.role::text AS role, token.scopes,
          coalesce(token."lastUsedAt" > ${now}::timestamptz - ${lastUsePrecisionSeconds} * interval '1 second', false)
            AS "isUseNoted",
          token.epoch = session_epoch() AS "isConfirmed"
        FROM api_tokens AS token
        JOIN users AS account ON account.id = token."userId"
        WHERE token."tokenHash" = ${tokenHashOf(token)} AND token."revokedAt" IS NULL
          AND token."expiresAt" > ${now}::timestamptz AND account."isActive"`
      const [row] = await readRows<TokenRow>(byHash)
      if (row === undefined) return null
      const { tokenId, userId, role, scopes, isUseNoted, isConfirmed } = row
      if (!isConfirmed) throw new TokenUnconfirmedError()
      if (!isUseNoted) await noteUse(tokenId)
      return { kind: 'token', userId, role, tokenId, scopes: usableScopes(scopes) }
    },

    async findValid(tokenIds) {
      const rows = await database.$queryRaw<{ id: string }[]>`
        SELECT token.id
        FROM api_tokens AS token
        JOIN users AS account ON account.id = token."userId"
        WHERE token.id = ANY(${[...tokenIds]}::uuid[]) AND token."revokedAt" IS NULL
          AND token."expiresAt" > ${clock.now()}::timestamptz AND account."isActive"
          AND token.epoch = session_epoch()`
      return new Set(rows.map(({ id }) => id))
    },
  }
}

/** Without scopes that no longer exist, and without those that older versions allowed beside `count-only`. */
function usableScopes(stored: readonly string[]): ReadonlySet<Scope> {
  const known = stored.filter(isScope)
  const excessScopes = scopesBeyondCounting(known)
  return new Set(known.filter((scope) => !excessScopes.includes(scope)))
}
