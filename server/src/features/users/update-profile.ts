import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import type { Identities } from '../../core/audit/identity.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { lockAccount } from './lock-account.ts'
import { changedFields, ownProfileFormat } from './model.ts'

/**
 * Updates the viewer's own profile. Omitted fields keep their values.
 *
 * @throws BadUserInputError, AuditUnavailableError
 */
export async function updateProfile(
  { database, identities }: Readonly<{ database: Database; identities: Identities }>,
  viewer: PersonViewer,
  origin: Origin,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const changes = checkInput(ownProfileFormat, input)
  const { userId } = viewer
  await database.$transaction(async (tx) => {
    await lockAccount(tx, userId)
    const user = await tx.user.findUniqueOrThrow({ where: { id: userId } })
    const changed = changedFields(user, changes)
    if (changed.length === 0) return
    const data: Prisma.UserUpdateInput = Object.fromEntries(
      Object.entries(changes).filter(([field]) => changed.some((name) => name === field)),
    )
    await tx.user.update({ where: { id: userId }, data })
    await recordAudit(tx, [
      {
        action: 'user.changed',
        resource: 'user',
        resourceId: userId,
        userId,
        bookingId: null,
        origin,
        metadata: { changed },
      },
    ])
    await identities.record(tx, userId)
  })
}
