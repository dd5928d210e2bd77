import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The tokens that a viewer may read: their own, or all for an admin. */
function visibleTokens(viewer: Viewer): Prisma.ApiTokenWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** Matches the token with this ID if the viewer may read it. */
export function visibleToken(viewer: Viewer, id: string): Prisma.ApiTokenWhereUniqueInput {
  return { id, AND: visibleTokens(viewer) }
}

/** Whether a user has bookings of their own. Some admins are pastors too. */
export async function ownsBookings(database: Database, { userId }: Pick<Viewer, 'userId'>): Promise<boolean> {
  return (await database.booking.findFirst({ where: { userId }, select: { id: true } })) !== null
}

/** Filters tokens. All conditions must match; omitted fields are ignored. */
export type TokenFilter = Readonly<{
  isActive?: boolean | null | undefined
  awaitsConfirmation?: boolean | null | undefined
  ownerId?: string | undefined
}>

/** The current epoch. Tokens of another epoch are rejected; a restore starts a new one. */
export async function currentEpoch(database: Database): Promise<string> {
  const identity = await database.databaseIdentity.findFirst({ select: { epoch: true } })
  return identity?.epoch ?? ''
}

/** A list of tokens, newest first: its filter, its sort order, and the rows that cursors may point to. */
export function tokenList(
  viewer: Viewer,
  { isActive, awaitsConfirmation, ownerId }: TokenFilter,
  { now, epoch }: Readonly<{ now: Date; epoch: string }>,
) {
  const all: Prisma.ApiTokenWhereInput[] = [visibleTokens(viewer)]
  const valid = { revokedAt: null, expiresAt: { gt: now }, user: { isActive: true } }
  const active = { ...valid, epoch }
  const awaiting = { ...valid, epoch: { not: epoch } }
  if (isActive != null) all.push(isActive ? active : { NOT: active })
  if (awaitsConfirmation != null) all.push(awaitsConfirmation ? awaiting : { NOT: awaiting })
  if (ownerId !== undefined) all.push({ userId: ownerId })
  // The ID breaks ties.
  const orderBy: Prisma.ApiTokenOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
  return { where: { AND: all }, orderBy, scope: visibleTokens(viewer) }
}

type Selection = { include?: Prisma.ApiTokenInclude; select?: Prisma.ApiTokenSelect }

/** Reads a token that is known to exist, with the selected fields. */
export function tokenOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.apiToken.findUniqueOrThrow({ ...query, where: { id } })
}
