import type { Passwords } from '../../../core/access/passwords.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewUser } from '../model.ts'
import { type InsertUserDeps, insertUser, type UserCreator } from './insert-user.ts'

type CreateUserDeps = InsertUserDeps & Readonly<{ database: Database; passwords: Passwords; identities: Identities }>

/** Creates a user who can sign in. Throws UserTakenError if another user has the email address, Cal.com ID or username. */
export async function createUser(
  deps: CreateUserDeps,
  creator: UserCreator,
  { password, ...profile }: NewUser,
): Promise<{ userId: string }> {
  const passwordHash = await deps.passwords.hash(password)
  return deps.database.$transaction(async (tx) => {
    const userId = await insertUser(tx, deps, creator, { ...profile, isActive: true })
    const now = deps.clock.now()
    await tx.userCredential.create({ data: { userId, passwordHash, createdAt: now, updatedAt: now } })
    await deps.identities.record(tx, userId)
    return { userId }
  })
}
