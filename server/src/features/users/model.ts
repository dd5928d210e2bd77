import { z } from 'zod'

/** An email address, normalized as it is stored and looked up: trimmed, in lower case. */
export const emailFormat = z.string().trim().toLowerCase().max(255).pipe(z.email('must be an email address'))

/** The minimum length of a password. NIST SP 800-63B-4 requires 15 without a second factor, OWASP recommends 12. */
const MIN_PASSWORD_LENGTH = 12
const MAX_PASSWORD_LENGTH = 256

/** A new password. Never trimmed: spaces are part of it. */
const passwordFormat = z
  .string()
  .min(MIN_PASSWORD_LENGTH, `must be at least ${MIN_PASSWORD_LENGTH} characters`)
  .max(MAX_PASSWORD_LENGTH, `must be at most ${MAX_PASSWORD_LENGTH} characters`)

const isNotAddress = (password: string, email: string) => password.trim().toLowerCase() !== email
const SAME_AS_ADDRESS = 'must not be the email address'

/** The messages for weak passwords, to append to the field's name. */
export const weaknessTexts = {
  repeated: 'must not repeat the same characters or words. Choose four or more words that do not belong together',
  common: 'is too common: attackers try such passwords first. Choose four or more words that do not belong together',
  sequence: 'must not be a date, a sequence or a row of keys. Choose four or more words that do not belong together',
  context:
    'must not consist of your name, email address or church. Choose four or more words that do not belong together',
  guessable: 'is too easy to guess. Make it longer, or choose four or more words that do not belong together',
} as const

/** The words that an attacker who knows the user would try. */
export function passwordContextOf(owner: Readonly<{ email: string; name: string; churchName: string }>): string[] {
  return [owner.email, owner.name, owner.churchName, 'ChurchHub', 'pastor', 'admin']
}

/** The input of a new password for the account with this email address. */
export function newPasswordFormat(email: string) {
  const format = passwordFormat.refine((password) => isNotAddress(password, email), SAME_AS_ADDRESS)
  return z.object({ newPassword: format })
}

/** Normalizes an email address, valid or not, as the key of the sign-in throttle. */
export function throttleKeyOfEmail(email: string): string {
  return email.trim().toLowerCase()
}

const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line of text')

/** A user's profile. */
export const userProfileFormat = z.object({
  email: emailFormat,
  name: line(255),
  churchName: line(255),
  role: z.enum(['pastor', 'admin'], { error: 'must be pastor or admin' }),
  bio: z.string().trim().max(5_000, 'must be at most 5000 characters').nullable().default(null),
  /** Cal.com's user ID. Deliveries are matched by it, the username and the email address. */
  calUserId: line(255),
  schedulingUsername: line(255),
  /** The booking page. Empty if the user can't be booked. */
  schedulingLink: z
    .string()
    .trim()
    .max(500, 'must be at most 500 characters')
    .refine((text) => text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be a URL'),
})

/** A validated profile. */
export type UserProfile = z.output<typeof userProfileFormat>

/** A partial update of a profile; omitted fields keep their values. */
export const profileChangesFormat = userProfileFormat.extend({ bio: userProfileFormat.shape.bio.unwrap() }).partial()

/** A validated partial update. */
export type ProfileChanges = z.output<typeof profileChangesFormat>

/** The fields that users can change themselves. Role, email address and Cal.com identity can only be changed by admins. */
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

/** A validated new user. */
export type NewUser = z.output<typeof newUserFormat>

/** A user to invite. Only pastors need a Cal.com username. */
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

/** The profile of an invited user, not validated yet. `placeholder` replaces missing Cal.com IDs and usernames. */
export function invitedProfile(user: InvitedUser, placeholder: string): z.input<typeof userProfileFormat> {
  const { role, schedulingUsername } = user
  const link = schedulingUsername ? `https://cal.com/${schedulingUsername}` : ''
  return {
    ...user,
    bio: user.bio ?? null,
    calUserId: user.calUserId ?? placeholder,
    // The format rejects an empty username: a pastor without one would never get a booking.
    schedulingUsername: schedulingUsername ?? (role === 'pastor' ? '' : placeholder),
    schedulingLink: user.schedulingLink ?? link,
  }
}

/** The prefix of placeholders for missing Cal.com identities. */
const PLACEHOLDER = 'none:'

/** The first changed Cal.com identity field that bookings may have been matched by. Null if there is none. */
export function releasedCalIdentity(
  user: UserProfile,
  changed: readonly string[],
): 'calUserId' | 'schedulingUsername' | null {
  const names = ['calUserId', 'schedulingUsername'] as const
  return names.find((field) => changed.includes(field) && !user[field].startsWith(PLACEHOLDER)) ?? null
}

/** The fields by which Cal.com deliveries are matched with users. */
export const calIdentityFields: readonly string[] = ['email', 'calUserId', 'schedulingUsername']

/** The fields that determine who gets which bookings, or who is an admin. */
export const privilegedFields: readonly string[] = [...calIdentityFields, 'role']

/** The names of the fields that a change modifies. */
export function changedFields(user: UserProfile, changes: ProfileChanges): (keyof UserProfile)[] {
  return userProfileFormat
    .keyof()
    .options.filter((field) => changes[field] !== undefined && changes[field] !== user[field])
}
