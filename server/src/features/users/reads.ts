import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'

/** Matches the user with this ID if the viewer may read it: themselves, or anyone for an admin. */
export function visibleUser(viewer: Viewer, id: string): Prisma.UserWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, AND: { id: viewer.userId } }
}

type Selection = { include?: Prisma.UserInclude; select?: Prisma.UserSelect }

/** Reads the viewer, with the selected fields. Null if signed out. */
export async function findViewer<Query extends Selection>(database: Database, viewer: Viewer | null, query: Query) {
  return viewer === null ? null : database.user.findUnique({ ...query, where: { id: viewer.userId } })
}

/** Reads a user who is known to exist, with the selected fields. */
export function userOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.user.findUniqueOrThrow({ ...query, where: { id } })
}

/** The properties of an account that a sign-in needs. */
export type Account = Readonly<{
  id: string
  email: string
  role: 'pastor' | 'admin'
  isActive: boolean
  passwordHash: string | null
  /** Words that a new password must not consist of. */
  name: string
  churchName: string
  /** Whether the password is older than a restore, so that it must be reset with a link. */
  isPasswordOutdated: boolean
}>

/** Finds the account with this email address, normalized as by `emailFormat`. */
export function findAccount(database: Database, email: string): Promise<Account | null> {
  return accountWhere(database, { email })
}

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
 * The field of a profile that another user already has. Compares email addresses and usernames case-insensitively, as the
 * matching of deliveries does. `except` is the ID of the user being changed.
 */
export async function conflictingField(
  tx: Pick<Database, '$queryRaw'>,
  profile: { readonly [Field in UniqueField]?: string | undefined },
  exceptId?: string,
): Promise<UniqueField | null> {
  const { email = null, calUserId = null, schedulingUsername = null } = profile
  const taken = await tx.$queryRaw<Record<UniqueField, boolean | null>[]>`
    SELECT lower(email) = lower(${email}) AS email, "calUserId" = ${calUserId} AS "calUserId",
      lower("schedulingUsername") = lower(${schedulingUsername}) AS "schedulingUsername"
    FROM users
    WHERE (lower(email) = lower(${email}) OR "calUserId" = ${calUserId}
      OR lower("schedulingUsername") = lower(${schedulingUsername})) AND id IS DISTINCT FROM ${exceptId ?? null}::uuid`
  return uniqueFields.find((field) => taken.some((user) => user[field] === true)) ?? null
}

/** Whether a user owns any bookings, including past and closed ones. */
export async function hasBookings(tx: Pick<Database, 'booking'>, userId: string): Promise<boolean> {
  return (await tx.booking.findFirst({ where: { userId }, select: { id: true } })) !== null
}

/** Filters users. All conditions must match; omitted fields are ignored. */
export type UserFilter = Readonly<{
  isActive?: boolean | null | undefined
  role?: readonly ('pastor' | 'admin')[] | null | undefined
  search?: string | null | undefined
  createdAt?: DateTimeRange | null | undefined
  /** Excludes users who never signed in. */
  lastLoginAt?: DateTimeRange | null | undefined
}>

/** `from <= t < to`; either bound may be omitted. */
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

/** A list of users: its filter, its sort order, and the rows that cursors may point to. */
export function userList(filter: UserFilter, { field, direction }: UserOrder = { field: 'name', direction: 'asc' }) {
  // The ID breaks ties. Users who never signed in come last.
  const sort = field === 'lastLoginAt' ? { sort: direction, nulls: 'last' as const } : direction
  const orderBy: Prisma.UserOrderByWithRelationInput[] = [{ [field]: sort }, { id: direction }]
  return { where: usersMatching(filter), orderBy, scope: {} }
}

/** Finds a user whom the viewer may read, or null. */
export function findVisibleUser<Query extends Selection>(database: Database, viewer: Viewer, id: string, query: Query) {
  return database.user.findUnique({ ...query, where: visibleUser(viewer, id) })
}

/** The time of the latest restore, if any passwords are older than it. Doesn't reveal whose they are. */
export async function passwordResetRequiredSince(database: Database): Promise<Date | null> {
  const [row] = await database.$queryRaw<{ restoredAt: Date | null }[]>`
    SELECT "restoredAt" FROM database_identity
    WHERE EXISTS (SELECT FROM user_credentials WHERE epoch <> session_epoch())`
  return row?.restoredAt ?? null
}
