import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

/** The users that a viewer finds by id: oneself, or all for an admin. */
export function visibleUser(viewer: Viewer, id: string): Prisma.UserWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, AND: { id: viewer.userId } }
}

type Selection = { include?: Prisma.UserInclude; select?: Prisma.UserSelect }

/** Whoever is asking, with what was selected. Null when signed out. */
export async function findViewer<Query extends Selection>(database: Database, viewer: Viewer | null, query: Query) {
  return viewer === null ? null : database.user.findUnique({ ...query, where: { id: viewer.userId } })
}

/** A user who is known to exist, with what was selected; Prisma's own error when there is none after all. */
export function userOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.user.findUniqueOrThrow({ ...query, where: { id } })
}

/** What a sign-in needs of an account. */
export type Account = Readonly<{ id: string; role: 'pastor' | 'admin'; isActive: boolean; passwordHash: string | null }>

/** The account with this address, which must be spelled as `emailFormat` does. Null when there is none. */
export async function findAccount(database: Database, email: string): Promise<Account | null> {
  const user = await database.user.findUnique({
    where: { email },
    select: { id: true, role: true, isActive: true, credential: { select: { passwordHash: true } } },
  })
  if (user === null) return null
  return { id: user.id, role: user.role, isActive: user.isActive, passwordHash: user.credential?.passwordHash ?? null }
}
