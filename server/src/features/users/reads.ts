import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'

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
export type Account = Readonly<{
  id: string
  email: string
  role: 'pastor' | 'admin'
  isActive: boolean
  passwordHash: string | null
  /** What a password must not be made of. */
  name: string
  churchName: string
  /** Whether the password is from before a restore, so that a new one has to be set by a link. */
  isPasswordOutdated: boolean
}>

/** The account with this address, which must be spelled as `emailFormat` does. Null when there is none. */
export function findAccount(database: Database, email: string): Promise<Account | null> {
  return accountWhere(database, { email })
}

/** The account by its id. Null when there is none. */
export function findAccountById(database: Database, id: string): Promise<Account | null> {
  return accountWhere(database, { id })
}

async function accountWhere(database: Database, where: Prisma.UserWhereUniqueInput): Promise<Account | null> {
  const [user, identity] = await Promise.all([
    database.user.findUnique({
      where,
      select: {
        id: true,
        email: true,
        role: true,
        isActive: true,
        name: true,
        churchName: true,
        credential: { select: { passwordHash: true, epoch: true } },
      },
    }),
    database.databaseIdentity.findFirst({ select: { epoch: true } }),
  ])
  if (user === null) return null
  const { credential, ...account } = user
  const isPasswordOutdated = credential !== null && credential.epoch !== identity?.epoch
  return { ...account, passwordHash: credential?.passwordHash ?? null, isPasswordOutdated }
}

const uniqueFields = ['email', 'calUserId', 'schedulingUsername'] as const
type UniqueField = (typeof uniqueFields)[number]

/**
 * Which field of a profile another user has already: addresses and usernames in any case, because that is how a delivery's
 * organizer is matched with them. Null when none. `except` is the id of the user whose it is.
 */
export async function takenField(
  tx: Pick<Database, '$queryRaw'>,
  profile: { readonly [Field in UniqueField]?: string | undefined },
  except?: string,
): Promise<UniqueField | null> {
  const { email = null, calUserId = null, schedulingUsername = null } = profile
  const taken = await tx.$queryRaw<Record<UniqueField, boolean | null>[]>`
    SELECT lower(email) = lower(${email}) AS email, "calUserId" = ${calUserId} AS "calUserId",
      lower("schedulingUsername") = lower(${schedulingUsername}) AS "schedulingUsername"
    FROM users
    WHERE (lower(email) = lower(${email}) OR "calUserId" = ${calUserId}
      OR lower("schedulingUsername") = lower(${schedulingUsername})) AND id IS DISTINCT FROM ${except ?? null}::uuid`
  return uniqueFields.find((field) => taken.some((user) => user[field] === true)) ?? null
}

/** Whether bookings are a user's, past and closed ones too. */
export async function hasBookings(tx: Pick<Database, 'booking'>, userId: string): Promise<boolean> {
  return (await tx.booking.findFirst({ where: { userId }, select: { id: true } })) !== null
}

/** Narrows a list of users. What is left out does not narrow. */
export type UserFilter = Readonly<{
  isActive?: boolean | null | undefined
  role?: readonly ('pastor' | 'admin')[] | null | undefined
  search?: string | null | undefined
  createdAt?: DateTimeRange | null | undefined
  /** Somebody who never signed in is in no range. */
  lastLoginAt?: DateTimeRange | null | undefined
}>

/** Times with `from <= t < to`; either end may be open. */
type DateTimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

function usersMatching({ isActive, role, search, ...times }: UserFilter): Prisma.UserWhereInput {
  const all: Prisma.UserWhereInput[] = []
  if (isActive != null) all.push({ isActive })
  if (role) all.push({ role: { in: [...role] } })
  for (const time of ['createdAt', 'lastLoginAt'] as const) {
    const { from, to } = times[time] ?? {}
    if (from) all.push({ [time]: { gte: from } })
    if (to) all.push({ [time]: { lt: to } })
  }
  if (search) {
    const found = escapeLike(search)
    all.push({ OR: [{ name: found }, { email: found }, { churchName: found }] })
  }
  return { AND: all }
}

export type UserOrder = Readonly<{
  field: 'name' | 'email' | 'churchName' | 'createdAt' | 'lastLoginAt'
  direction: 'asc' | 'desc'
}>

/** A list of users: which, in what order, and from which rows it can be paged. */
export function userList(filter: UserFilter, { field, direction }: UserOrder = { field: 'name', direction: 'asc' }) {
  // The id settles what is equal, and who never signed in comes last.
  const by = field === 'lastLoginAt' ? { sort: direction, nulls: 'last' as const } : direction
  const orderBy: Prisma.UserOrderByWithRelationInput[] = [{ [field]: by }, { id: direction }]
  return { where: usersMatching(filter), orderBy, within: {} }
}

/** A page of a list. */
export function listUsers<Query extends Selection>(
  database: Database,
  { where, orderBy }: Pick<ReturnType<typeof userList>, 'where' | 'orderBy'>,
  query: Query,
) {
  return database.user.findMany({ ...query, where, orderBy })
}

/** One user who exists for the viewer, or null. */
export function findVisibleUser<Query extends Selection>(database: Database, viewer: Viewer, id: string, query: Query) {
  return database.user.findUnique({ ...query, where: visibleUser(viewer, id) })
}

export async function isUser(database: Database, id: string): Promise<boolean> {
  return (await database.user.count({ where: { id } })) > 0
}

export function countUsers(database: Database, where: Prisma.UserWhereInput): Promise<number> {
  return database.user.count({ where })
}

/** The time of the newest restore, while there are passwords from before it. Says nothing of whose they are. */
export async function passwordResetRequiredSince(database: Database): Promise<Date | null> {
  const [row] = await database.$queryRaw<{ restoredAt: Date | null }[]>`
    SELECT "restoredAt" FROM database_identity
    WHERE EXISTS (SELECT FROM user_credentials WHERE epoch <> session_epoch())`
  return row?.restoredAt ?? null
}
