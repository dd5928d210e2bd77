import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'

const activePastor = { role: 'pastor', isActive: true } as const satisfies Prisma.UserWhereInput

/** Whether the user can receive bookings. */
export async function isActivePastor(tx: Pick<Database, 'user'>, id: string): Promise<boolean> {
  return (await tx.user.count({ where: { id, ...activePastor } })) > 0
}

/** Lists the other pastors to whom the viewer can hand over a booking, by name. Returns only IDs and names. */
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
