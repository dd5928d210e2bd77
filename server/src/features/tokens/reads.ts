import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The tokens that exist for a viewer: one's own, or all for an admin. */
export function visibleTokens(viewer: Viewer): Prisma.ApiTokenWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The one token of that id, where it exists for the viewer. */
export function visibleToken(viewer: Viewer, id: string): Prisma.ApiTokenWhereUniqueInput {
  return { id, AND: visibleTokens(viewer) }
}

/** Narrows a list of tokens. What is left out does not narrow. */
export type TokenFilter = Readonly<{ isActive?: boolean | null | undefined; ownerId?: string | undefined }>

/** What the viewer asked for, within what exists for the viewer. */
export function tokensMatching(
  viewer: Viewer,
  { isActive, ownerId }: TokenFilter,
  now: Date,
): Prisma.ApiTokenWhereInput {
  const all: Prisma.ApiTokenWhereInput[] = [visibleTokens(viewer)]
  const lettingIn = { revokedAt: null, expiresAt: { gt: now }, user: { isActive: true } }
  if (isActive != null) all.push(isActive ? lettingIn : { NOT: lettingIn })
  if (ownerId !== undefined) all.push({ userId: ownerId })
  return { AND: all }
}

type Selection = { include?: Prisma.ApiTokenInclude; select?: Prisma.ApiTokenSelect }

/** Tokens, the newest first. */
export function listTokens<Query extends Selection>(
  database: Database,
  where: Prisma.ApiTokenWhereInput,
  query: Query,
) {
  return database.apiToken.findMany({ ...query, where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
}

export function countTokens(database: Database, where: Prisma.ApiTokenWhereInput): Promise<number> {
  return database.apiToken.count({ where })
}

/** A token that is known to exist, with what was selected. */
export function tokenOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.apiToken.findUniqueOrThrow({ ...query, where: { id } })
}

/** Whether a row of that id is among the tokens that exist for the viewer. */
export async function isVisibleToken(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.apiToken.count({ where: { AND: [visibleTokens(viewer), { id }] } })) > 0
}
