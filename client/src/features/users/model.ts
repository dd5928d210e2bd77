import type { ChangeUserInput, InviteUserInput, MemberFragment, Role, UserFilter } from '../../gql/graphql.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { formatAgo, formatNearDate } from '../../lib/time.ts'

/** A user as admins see them. */
export type Member = MemberFragment

/** The selected filters. */
export type MemberChoice = Readonly<{ search: string; role: Role | 'all'; access: 'all' | 'in' | 'out' }>

/** No filters. */
export const noFilter: MemberChoice = { search: '', role: 'all', access: 'all' }

/** The selection as the API's filter. */
export function filterOf({ search, role, access }: MemberChoice): UserFilter {
  const query = search.trim()
  return {
    ...(query === '' ? {} : { search: query }),
    ...(role === 'all' ? {} : { role: [role] }),
    ...(access === 'all' ? {} : { isActive: access === 'in' }),
  }
}

/** The labels of roles. */
export const roleLabels: Readonly<Record<Role, string>> = { PASTOR: 'Pastor', ADMIN: 'Admin' }

/**
 * The state of a user's access. `invited` and `uninvited` have no password yet, with and without a pending invitation;
 * `deactivated` has one, but can't sign in.
 */
export type Access = 'active' | 'invited' | 'uninvited' | 'deactivated'

/** Derives the access of a member. */
export function accessOf(member: Pick<Member, 'isActive' | 'hasPassword' | 'invitedUntil'>): Access {
  if (member.isActive) return 'active'
  if (member.hasPassword) return 'deactivated'
  return member.invitedUntil === null ? 'uninvited' : 'invited'
}

/** The text of the access state, with its time. */
export function accessLabel(
  member: Pick<Member, 'isActive' | 'hasPassword' | 'invitedUntil' | 'lastLoginAt'>,
  now: Date,
): string {
  const signedIn = member.lastLoginAt === null ? null : formatAgo(new Date(member.lastLoginAt), now)
  switch (accessOf(member)) {
    case 'active':
      return signedIn === null ? 'Active, never signed in' : `Signed in ${signedIn}`
    case 'invited':
      return `Invited, can accept until ${formatNearDate(new Date(member.invitedUntil ?? now), now)}`
    case 'uninvited':
      return 'Can’t sign in: no invitation is open'
    case 'deactivated':
      return signedIn === null ? 'Deactivated, never signed in' : `Deactivated, last signed in ${signedIn}`
  }
}

/**
 * The Cal.com username; null if the user has none. The server's column must be unique, so it then contains `none:` and
 * an ID.
 */
export function calUsernameOf(member: Pick<Member, 'schedulingUsername'>): string | null {
  const { schedulingUsername: name } = member
  return name === '' || name.startsWith('none:') ? null : name
}

/** The booking page, if its URL is safe to open. */
export function bookingPageOf(member: Pick<Member, 'schedulingLink'>): string | null {
  const protocol = URL.parse(member.schedulingLink)?.protocol
  return protocol === 'https:' || protocol === 'http:' ? member.schedulingLink : null
}

type Typed = Readonly<Record<string, string>>

const isRole = (text: string | undefined): text is Role => text === 'PASTOR' || text === 'ADMIN'

/** A typed invitation as the API's input, without empty fields. */
export function invitationOf(typed: Typed): InviteUserInput {
  const { email = '', name = '', churchName = '', role } = typed
  return {
    email: email.trim(),
    name: name.trim(),
    churchName: churchName.trim(),
    role: isRole(role) ? role : 'PASTOR',
    ...presentFields(typed, ['schedulingUsername', 'calUserId', 'schedulingLink', 'bio']),
  }
}

/** The changed fields as the API's input; null if nothing changed. */
export function changesOf(member: Member, typed: Typed): ChangeUserInput | null {
  const before: Typed = {
    name: member.name,
    email: member.email ?? '',
    churchName: member.churchName,
    schedulingUsername: calUsernameOf(member) ?? '',
    schedulingLink: member.schedulingLink,
    bio: member.bio ?? '',
    calUserId: '',
    role: member.role,
  }
  const different = Object.entries(typed)
    .map(([field, text]) => [field, text.trim()] as const)
    .filter(([field, text]) => Object.hasOwn(before, field) && before[field] !== text)
  // Cal.com's ID is never shown, and a user without a username keeps none: an empty field means "unchanged".
  const changes = Object.fromEntries(
    different.filter(([field, text]) => text !== '' || !(field === 'calUserId' || before[field] === '')),
  )
  return Object.keys(changes).length === 0 ? null : { id: member.id, ...roleIn(changes) }
}

function roleIn({ role, ...rest }: Typed): Omit<ChangeUserInput, 'id'> {
  return isRole(role) ? { ...rest, role } : rest
}

function presentFields(typed: Typed, fields: readonly (keyof InviteUserInput)[]): Partial<InviteUserInput> {
  return Object.fromEntries(fields.map((field) => [field, typed[field]?.trim()]).filter(([, text]) => text))
}

/** The error of a form field, or null. */
export function messageForField(problem: Problem | null, field: string): string | null {
  const query = problemOfField(problem, field)
  return query?.replace(/^Another user already has this \w+/, 'Another user already has this value') ?? null
}

/** The error of the form as a whole; null if it belongs to one of `fields`, which display it. */
export function messageForForm(problem: Problem | null, fields: readonly string[]): string | null {
  if (problem === null || (problem.field !== null && fields.includes(problem.field))) return null
  return refusalOf(problem)
}
