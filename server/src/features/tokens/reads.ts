import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The tokens that exist for a viewer: one's own, or all for an admin. */
function visibleTokens(viewer: Viewer): Prisma.ApiTokenWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The one token of that id, where it exists for the viewer. */
export function visibleToken(viewer: Viewer, id: string): Prisma.ApiTokenWhereUniqueInput {
  return { id, AND: visibleTokens(viewer) }
}

/** Narrows a list of tokens. What is left out does not narrow. */
export type TokenFilter = Readonly<{
  isActive?: boolean | null | undefined
  awaitsConfirmation?: boolean | null | undefined
  ownerId?: string | undefined
}>

/** The epoch that a token must be of to let anybody in. A restore begins another. */
export async function currentEpoch(database: Database): Promise<string> {
  const identity = await database.databaseIdentity.findFirst({ select: { epoch: true } })
  return identity?.epoch ?? ''
}

/** What the viewer asked for, within what exists for the viewer. */
export function tokensMatching(
  viewer: Viewer,
  { isActive, awaitsConfirmation, ownerId }: TokenFilter,
  { now, epoch }: Readonly<{ now: Date; epoch: string }>,
): Prisma.ApiTokenWhereInput {
  const all: Prisma.ApiTokenWhereInput[] = [visibleTokens(viewer)]
  const holding = { revokedAt: null, expiresAt: { gt: now }, user: { isActive: true } }
  const lettingIn = { ...holding, epoch }
  const waiting = { ...holding, epoch: { not: epoch } }
  if (isActive != null) all.push(isActive ? lettingIn : { NOT: lettingIn })
  if (awaitsConfirmation != null) all.push(awaitsConfirmation ? waiting : { NOT: waiting })
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
