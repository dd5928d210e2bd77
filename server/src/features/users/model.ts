import { z } from 'zod'

/** An e-mail address as it is kept and looked up: trimmed, in lower case. */
export const emailFormat = z.string().trim().toLowerCase().max(255).pipe(z.email('must be an e-mail address'))

/** The least characters of a password; NIST SP 800-63B-4 asks for 15 where there is no second factor, OWASP for 12. */
export const PASSWORD_LEAST = 12
const PASSWORD_MOST = 256

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

/** A new user with their first password. It is checked, never trimmed: spaces in it are its owner's. */
export const newUserFormat = userProfileFormat
  .extend({
    password: z
      .string()
      .min(PASSWORD_LEAST, `must be at least ${PASSWORD_LEAST} characters`)
      .max(PASSWORD_MOST, `must be at most ${PASSWORD_MOST} characters`),
  })
  .refine(({ email, password }) => password.trim().toLowerCase() !== email, {
    path: ['password'],
    error: 'must not be the e-mail address',
  })

/** A new user, checked. */
export type NewUser = z.output<typeof newUserFormat>

/** A new user as somebody typed it. */
export type NewUserInput = z.input<typeof newUserFormat>
