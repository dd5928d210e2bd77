import { z } from 'zod'

/** An e-mail address as it is kept and looked up: trimmed, in lower case. */
export const emailFormat = z.string().trim().toLowerCase().max(255).pipe(z.email('must be an email address'))

/** The least characters of a password; NIST SP 800-63B-4 asks for 15 where there is no second factor, OWASP for 12. */
const PASSWORD_LEAST = 12
const PASSWORD_MOST = 256

/** A new password. It is checked, never trimmed: spaces in it are its owner's. */
const passwordFormat = z
  .string()
  .min(PASSWORD_LEAST, `must be at least ${PASSWORD_LEAST} characters`)
  .max(PASSWORD_MOST, `must be at most ${PASSWORD_MOST} characters`)

const isNotAddress = (password: string, email: string) => password.trim().toLowerCase() !== email
const SAME_AS_ADDRESS = 'must not be the email address'

/** What to say of a password that is easy to guess, behind the name of its field. */
export const weaknessTexts = {
  repeated: 'must not repeat the same characters or words. Choose four or more words that do not belong together',
  common: 'is too common: attackers try such passwords first. Choose four or more words that do not belong together',
  sequence: 'must not be a date, a sequence or a row of keys. Choose four or more words that do not belong together',
  context:
    'must not consist of your name, email address or church. Choose four or more words that do not belong together',
  guessable: 'is too easy to guess. Make it longer, or choose four or more words that do not belong together',
} as const

/** The texts that somebody who knows the owner of a password would try. */
export function passwordContextOf(owner: Readonly<{ email: string; name: string; churchName: string }>): string[] {
  return [owner.email, owner.name, owner.churchName, 'ChurchHub', 'pastor', 'admin']
}

/** A new password for the account with this address, as an input that names it `newPassword`. */
export function newPasswordFormat(email: string) {
  const format = passwordFormat.refine((password) => isNotAddress(password, email), SAME_AS_ADDRESS)
  return z.object({ newPassword: format })
}

/** How attempts at an address are counted together, also where it is none: without spaces around, in lower case. */
export function countedEmail(email: string): string {
  return email.trim().toLowerCase()
}

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must be at most ${most} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line of text')

/** What people know of a user. */
export const userProfileFormat = z.object({
  email: emailFormat,
  name: line(255),
  churchName: line(255),
  role: z.enum(['pastor', 'admin'], { error: 'must be pastor or admin' }),
  bio: z.string().trim().max(5_000, 'must be at most 5000 characters').nullable().default(null),
  /** Cal.com's id of the user. With the username and the address it is what a delivery's organizer is known by. */
  calUserId: line(255),
  schedulingUsername: line(255),
  /** Their booking page; empty for somebody whom nobody can book. */
  schedulingLink: z
    .string()
    .trim()
    .max(500, 'must be at most 500 characters')
    .refine((text) => text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be a URL'),
})

/** What people know of a user, checked. */
export type UserProfile = z.output<typeof userProfileFormat>

/** The changes of a profile: what is not given stays as it is. */
export const profileChangesFormat = userProfileFormat.extend({ bio: userProfileFormat.shape.bio.unwrap() }).partial()

/** The changes of a profile, checked. */
export type ProfileChanges = z.output<typeof profileChangesFormat>

/** What somebody may say of themselves. Their role, their address and their names in Cal.com are the admins' to say. */
export const ownProfileFormat = profileChangesFormat.pick({
  name: true,
  churchName: true,
  bio: true,
  schedulingLink: true,
})

/** A new user with their first password. */
export const newUserFormat = userProfileFormat
  .extend({ password: passwordFormat })
  .refine(({ email, password }) => isNotAddress(password, email), { path: ['password'], error: SAME_AS_ADDRESS })

/** A new user, checked. */
export type NewUser = z.output<typeof newUserFormat>

/** Somebody to be invited, as an admin typed it. Only a pastor needs a username in Cal.com. */
export type InvitedUser = Readonly<{
  email: string
  name: string
  churchName: string
  role: 'pastor' | 'admin'
  bio?: string | null | undefined
  calUserId?: string | null | undefined
  schedulingUsername?: string | null | undefined
  schedulingLink?: string | null | undefined
}>

/** The profile of somebody invited, still to be checked. `nobody` stands where Cal.com knows them by nothing. */
export function invitedProfile(user: InvitedUser, nobody: string): z.input<typeof userProfileFormat> {
  const { role, schedulingUsername } = user
  const link = schedulingUsername ? `https://cal.com/${schedulingUsername}` : ''
  return {
    ...user,
    bio: user.bio ?? null,
    calUserId: user.calUserId ?? nobody,
    // An empty one is refused by the format: a pastor without a username would never get a booking.
    schedulingUsername: schedulingUsername ?? (role === 'pastor' ? '' : nobody),
    schedulingLink: user.schedulingLink ?? link,
  }
}

/** What stands in place of a name in Cal.com begins like this. */
const PLACEHOLDER = 'none:'

/** The first change that would free a name in Cal.com which bookings may have come under. Null when none does. */
export function freedCalName(user: UserProfile, changed: readonly string[]): 'calUserId' | 'schedulingUsername' | null {
  const names = ['calUserId', 'schedulingUsername'] as const
  return names.find((field) => changed.includes(field) && !user[field].startsWith(PLACEHOLDER)) ?? null
}

/** What Cal.com's deliveries find a user by. */
export const knownByCal: readonly string[] = ['email', 'calUserId', 'schedulingUsername']

/** What says who gets which bookings, or who may do an admin's work. */
export const directsBookings: readonly string[] = [...knownByCal, 'role']

/** The names of the fields that a change would make different. */
export function changedFields(user: UserProfile, changes: ProfileChanges): (keyof UserProfile)[] {
  return userProfileFormat
    .keyof()
    .options.filter((field) => changes[field] !== undefined && changes[field] !== user[field])
}
