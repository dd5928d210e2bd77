import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

const activePastor = { role: 'pastor', isActive: true } as const satisfies Prisma.UserWhereInput

/** Whether a booking can be given to this user. */
export async function isActivePastor(tx: Pick<Database, 'user'>, id: string): Promise<boolean> {
  return (await tx.user.count({ where: { id, ...activePastor } })) > 0
}

/** The other pastors whom the viewer can hand a booking to, by name. Nothing of them but id and name. */
export function listColleagues(
  database: Pick<Database, 'user'>,
  viewer: Pick<Viewer, 'userId'>,
): Promise<{ id: string; name: string }[]> {
  return database.user.findMany({
    where: { ...activePastor, id: { not: viewer.userId } },
    select: { id: true, name: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
}
