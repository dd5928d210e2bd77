import type { Origin } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { UserTakenError } from '../errors.ts'
import type { UserProfile } from '../model.ts'
import { takenField } from '../reads.ts'

export type InsertUserDeps = Readonly<{
  clock: Clock
  newId: NewId
  /** Left out where none is open, as on the command line: the timetable's next round does then what it would have done. */
  queue?: Pick<Queue, 'enqueue'>
}>

/** Who makes the user: somebody at the server's own command line, the sample data, or an admin. */
export type UserCreator = Readonly<{ by: 'command' | 'sample' | 'admin'; userId: string | null; origin: Origin | null }>

/**
 * Adds a user, on record, and asks for what Cal.com delivered for them before. Returns their id.
 *
 * @throws UserTakenError when another has the address, Cal.com id or username
 */
export async function insertUser(
  tx: Transaction,
  { clock, newId, queue }: InsertUserDeps,
  creator: UserCreator,
  user: UserProfile & Readonly<{ isActive: boolean }>,
): Promise<string> {
  const userId = newId()
  const now = clock.now()
  // One statement that inserts or says that it could not: a failed one would end the transaction with it.
  const { count } = await tx.user.createMany({
    data: [{ id: userId, ...user, createdAt: now, updatedAt: now }],
    skipDuplicates: true,
  })
  if (count === 0) throw new UserTakenError((await takenField(tx, user)) ?? 'email')
  await queue?.enqueue(tx, 'apply-waiting-deliveries', {})
  await recordAudit(tx, [
    {
      action: 'user.created',
      resource: 'user',
      resourceId: userId,
      userId: creator.userId,
      bookingId: null,
      origin: creator.origin,
      metadata: { role: user.role, by: creator.by },
    },
  ])
  return userId
}
