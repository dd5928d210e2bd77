import type { Origin } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { UserTakenError } from '../errors.ts'
import type { UserProfile } from '../model.ts'
import { conflictingField } from '../reads.ts'

export type InsertUserDeps = Readonly<{
  clock: Clock
  newId: NewId
  /** Omitted on the command line, which has no queue. The next scheduled run applies pending deliveries instead. */
  queue?: Pick<Queue, 'enqueue'>
}>

/** Who creates the user: someone at the server's command line, the sample data, or an admin. */
export type UserCreator = Readonly<{ by: 'command' | 'sample' | 'admin'; userId: string | null; origin: Origin | null }>

/**
 * Inserts a user, records it, and enqueues Cal.com deliveries that arrived for them before. Returns the user's ID.
 *
 * @throws UserTakenError if another user has the email address, Cal.com ID or username
 */
export async function insertUser(
  tx: Transaction,
  { clock, newId, queue }: InsertUserDeps,
  creator: UserCreator,
  user: UserProfile & Readonly<{ isActive: boolean }>,
): Promise<string> {
  const userId = newId()
  const now = clock.now()
  // Doesn't raise on conflict, because an error would abort the transaction.
  const { count } = await tx.user.createMany({
    data: [{ id: userId, ...user, createdAt: now, updatedAt: now }],
    skipDuplicates: true,
  })
  if (count === 0) throw new UserTakenError((await conflictingField(tx, user)) ?? 'email')
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
