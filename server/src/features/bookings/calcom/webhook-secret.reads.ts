import type { Database, Prisma } from '../../../platform/database/client.ts'

type Selection = { include?: Prisma.UserInclude; select?: Prisma.UserSelect }

/** The user whose secret was set, with the selected fields. */
export function ownerOfSecret<Query extends Selection>(database: Database, userId: string, query: Query) {
  return database.user.findUniqueOrThrow({ ...query, where: { id: userId } })
}
