import type { Passwords } from '../../core/access/passwords.ts'
import type { Origin } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'
import { UserTakenError } from './errors.ts'
import type { NewUser } from './model.ts'

type CreateUserDeps = Readonly<{ database: Database; passwords: Passwords; clock: Clock; newId: NewId }>

/** Who makes the user: somebody at the server's own command line, the sample data, or an admin. */
export type UserCreator = Readonly<{ by: 'command' | 'sample' | 'admin'; userId: string | null; origin: Origin | null }>

/** Makes a user who can sign in. Throws UserTakenError when another has the address, Cal.com id or username. */
export async function createUser(
  { database, passwords, clock, newId }: CreateUserDeps,
  creator: UserCreator,
  { password, ...profile }: NewUser,
): Promise<{ userId: string }> {
  const passwordHash = await passwords.hash(password)
  const userId = newId()
  const now = clock.now()
  return database.$transaction(async (tx) => {
    // One statement that inserts or says that it could not: a failed one would end the transaction with it.
    const { count } = await tx.user.createMany({
      data: [{ id: userId, ...profile, createdAt: now, updatedAt: now }],
      skipDuplicates: true,
    })
    if (count === 0) throw new UserTakenError(await takenField(tx, profile))
    await tx.userCredential.create({ data: { userId, passwordHash, createdAt: now, updatedAt: now } })
    await recordAudit(tx, [
      {
        action: 'user.created',
        resource: 'user',
        resourceId: userId,
        userId: creator.userId,
        bookingId: null,
        origin: creator.origin,
        metadata: { role: profile.role, by: creator.by },
      },
    ])
    return { userId }
  })
}

const uniqueFields = ['email', 'calUserId', 'schedulingUsername'] as const

async function takenField(
  tx: Pick<Database, 'user'>,
  profile: Pick<NewUser, (typeof uniqueFields)[number]>,
): Promise<string> {
  const other = await tx.user.findFirst({
    where: { OR: uniqueFields.map((field) => ({ [field]: profile[field] })) },
    select: { email: true, calUserId: true, schedulingUsername: true },
  })
  return uniqueFields.find((field) => other?.[field] === profile[field]) ?? 'email'
}
