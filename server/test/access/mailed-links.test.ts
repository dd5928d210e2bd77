import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buckets } from '../../src/core/access/login-throttle.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { type MailServer, startMailServer } from '../fakes/mail-server.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

const chosen = 'a password that its owner chose'
const invite =
  'mutation($input: InviteUserInput!) { inviteUser(input: $input) { user { id email isActive invitedUntil } } }'
const resend = 'mutation($input: ResendInvitationInput!) { resendInvitation(input: $input) { user { id } } }'
const accept = 'mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { email } }'
const request = 'mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok } }'
const reset = 'mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { email } }'
const signIn = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { role } } }'

let church: RunningChurch
let mail: MailServer
let logged = ''

beforeAll(async () => {
  mail = await startMailServer()
  const to = new Writable({
    write: (chunk, _encoding, callback) => {
      logged += String(chunk)
      callback()
    },
  })
  church = await startChurch({
    variables: {
      SMTP_URL: mail.url,
      MAIL_FROM: 'ChurchHub <hub@church.example>',
      PUBLIC_URL: 'https://hub.church.example',
      TRUSTED_PROXIES: '127.0.0.1',
    },
    log: createLog({ level: 'trace', to }),
  })
})
afterAll(async () => {
  await church.close()
  await mail.close()
})

let count = 0
const freshEmail = () => `guest${++count}@church.example`
/** A separate address per request, so that only the tests about rate limits reach them. */
const from = () => ({ 'x-forwarded-for': `203.0.113.${++count}` })

const tryInvite = (email: string, change: Record<string, unknown> = {}, inviter: Person | null = church.admin) =>
  church.ask<{ inviteUser: { user: { id: string; invitedUntil: string } } }>(inviter, invite, {
    input: { email, name: 'Priscilla', churchName: 'Test Church', role: 'ADMIN', ...change },
  })
const byLink = (mutation: string, token: string, newPassword = chosen) =>
  church.ask(null, mutation, { input: { token, newPassword } }, from())
const requestReset = (email: string) => church.ask(null, request, { input: { email } }, from())
const signInWith = (email: string, password: string) => church.ask(null, signIn, { input: { email, password } }, from())

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code) ?? []
const fieldOf = ({ errors }: Answer) => errors?.[0]?.extensions.field

/** The token from the next mail, which must go to this address and link to this page. */
async function tokenFor(email: string, page: string): Promise<string> {
  const { to, parsed } = await mail.nextMail()
  expect(to).toEqual([email])
  const [, token = ''] =
    new RegExp(`https://hub\\.church\\.example${page}#token=([\\w-]{43})\\s`).exec(parsed.text ?? '') ?? []
  expect(token).not.toBe('')
  return token
}

const invitationFor = (email: string) => tokenFor(email, '/accept-invitation')
const resetFor = (email: string) => tokenFor(email, '/reset-password')

async function expire(token: string): Promise<void> {
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const { count: expired } = await church.deps.database.mailLink.updateMany({
    where: { tokenHash },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
  expect(expired).toBe(1)
}

describe('an invitation', () => {
  it('lets the invitee choose a password, and activates the account', async () => {
    const email = freshEmail()
    const { data } = await tryInvite(email, { role: 'PASTOR', schedulingUsername: 'priscilla' })
    expect(data).toMatchObject({ inviteUser: { user: { email, isActive: false } } })
    const days = (Date.parse(data?.inviteUser.user.invitedUntil ?? '') - Date.now()) / 86_400_000
    expect(days).toBeCloseTo(7, 1)
    const token = await invitationFor(email)
    expect(codesOf(await signInWith(email, chosen))).toEqual(['UNAUTHENTICATED'])
    expect((await byLink(accept, token)).data).toEqual({ acceptInvitation: { email } })
    expect((await signInWith(email, chosen)).data).toEqual({ signIn: { viewer: { role: 'PASTOR' } } })
    const user = await church.deps.database.user.findUniqueOrThrow({ where: { email } })
    expect(user).toMatchObject({ isActive: true, schedulingLink: 'https://cal.com/priscilla' })
    const entries = await church.deps.database.auditLog.findMany({
      where: { resourceId: user.id, action: { not: 'user.identity_recorded' } },
      orderBy: { id: 'asc' },
    })
    expect(entries.map(({ action, userId }) => [action, userId])).toEqual([
      ['user.created', church.admin.userId],
      ['user.invited', church.admin.userId],
      ['session.sign_in_failed', null],
      ['password.changed', user.id],
    ])
  })

  it('comes from the configured address and contains no names', async () => {
    const email = freshEmail()
    await tryInvite(email)
    const { from: sender, parsed } = await mail.nextMail()
    expect(sender).toBe('hub@church.example')
    expect(parsed.from?.text).toBe('"ChurchHub" <hub@church.example>')
    expect(parsed.subject).toBe('Your invitation to ChurchHub')
    expect(parsed.text).not.toMatch(/Priscilla|Ada|Test Church/)
  })

  it('works once, even with two concurrent requests', async () => {
    const email = freshEmail()
    await tryInvite(email)
    const token = await invitationFor(email)
    const answers = await Promise.all([1, 2, 3].map(() => byLink(accept, token)))
    expect(answers.flatMap(codesOf)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT'])
    const again = await byLink(accept, token, 'another password, later')
    expect(fieldOf(again)).toBe('token')
    // Checked before the password, so that an invalid link costs no work.
    expect(fieldOf(await byLink(accept, token, 'short'))).toBe('token')
    expect(codesOf(await signInWith(email, 'another password, later'))).toEqual(['UNAUTHENTICATED'])
  })

  it('is refused with the same error if it is expired, of another kind, or was never sent', async () => {
    const email = freshEmail()
    await tryInvite(email)
    const token = await invitationFor(email)
    const otherKind = await byLink(reset, token)
    await expire(token)
    expect(fieldOf(await byLink(accept, token, 'short'))).toBe('token')
    const answers = [
      otherKind,
      await byLink(accept, token),
      await byLink(accept, 'x'.repeat(43)),
      await byLink(accept, ''),
    ]
    for (const answer of answers) {
      expect(answer.errors?.[0]).toMatchObject({ message: answers[2]?.errors?.[0]?.message })
      expect(fieldOf(answer)).toBe('token')
    }
  })

  it('still works after a rejected password', async () => {
    const email = freshEmail()
    await tryInvite(email)
    const token = await invitationFor(email)
    expect(fieldOf(await byLink(accept, token, 'short'))).toBe('newPassword')
    expect((await byLink(accept, token)).data).toEqual({ acceptInvitation: { email } })
  })

  it('can be sent again until it is accepted, which invalidates the previous one', async () => {
    const email = freshEmail()
    const { data } = await tryInvite(email)
    const id = data?.inviteUser.user.id
    const first = await invitationFor(email)
    expect(codesOf(await church.ask(church.admin, resend, { input: { id } }))).toEqual([])
    const second = await invitationFor(email)
    expect(fieldOf(await byLink(accept, first))).toBe('token')
    expect((await byLink(accept, second)).data).toEqual({ acceptInvitation: { email } })
    expect(codesOf(await church.ask(church.admin, resend, { input: { id } }))).toEqual(['CONFLICT'])
  })

  it('is refused for an address in use, and for a pastor unknown to Cal.com', async () => {
    const taken = await tryInvite(church.pastor.email.toUpperCase())
    expect(taken.errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'email' })
    expect(fieldOf(await tryInvite(freshEmail(), { role: 'PASTOR' }))).toBe('schedulingUsername')
    expect(fieldOf(await tryInvite('no address'))).toBe('email')
  })

  it('can only be sent by an admin', async () => {
    expect(codesOf(await tryInvite(freshEmail(), {}, church.pastor))).toEqual(['FORBIDDEN'])
    expect(codesOf(await tryInvite(freshEmail(), {}, null))).toEqual(['UNAUTHENTICATED'])
  })

  it('is retried while the mail server refuses it, without logging the server’s response', async () => {
    const email = freshEmail()
    mail.refuse(1)
    await tryInvite(email)
    const { parsed } = await mail.nextMail()
    expect(parsed.text).toContain('#token=')
    expect(logged).toContain('"reply":452')
    expect(logged).not.toContain(email)
  }, 40_000)
})

describe('a password reset', () => {
  it('sets a new password by the mailed link and ends every session', async () => {
    const person = await church.addPerson('pastor', 'Pastor Apollos', 31)
    expect((await requestReset(` ${person.email.toUpperCase()}`)).data).toEqual({ requestPasswordReset: { ok: true } })
    const token = await resetFor(person.email)
    expect((await byLink(reset, token)).data).toEqual({ resetPassword: { email: person.email } })
    expect((await church.ask(person, '{ viewer { id } }')).data).toEqual({ viewer: null })
    expect(codesOf(await signInWith(person.email, chosen))).toEqual([])
    await expect(church.signIn(person)).rejects.toThrow('could not sign in')
    const entry = await church.deps.database.auditLog.findFirst({
      where: { action: 'password.changed', userId: person.userId },
    })
    expect(entry?.metadata).toEqual({ by: 'reset_link' })
  })

  it('gives the same response for an unknown account, and sends no mail', async () => {
    const inactive = await church.addPerson('pastor', 'Pastor Hymenaeus', 32)
    await church.deps.database.user.update({ where: { id: inactive.userId }, data: { isActive: false } })
    const invited = freshEmail()
    await tryInvite(invited)
    await invitationFor(invited)
    const known = await requestReset(church.otherPastor.email)
    await resetFor(church.otherPastor.email)
    for (const email of ['nobody@church.example', 'no address', 'nul\\u0000@church.example', inactive.email, invited]) {
      const answer = await requestReset(email)
      expect(answer.text).toBe(known.text)
      expect(answer.status).toBe(known.status)
    }
    await requestReset(church.pastor.email)
    await resetFor(church.pastor.email)
    expect(mail.waiting()).toBe(0)
  })

  it('does the same work for an unknown account: a job and an audit entry', async () => {
    const { database } = church.deps
    const work = async () => ({
      entries: await database.auditLog.count({ where: { action: 'password.reset_requested' } }),
      jobs: await database.$queryRaw`SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'send-mail-link'`,
    })
    const before = await work()
    await requestReset('nobody@church.example')
    expect(await work()).toEqual({
      entries: before.entries + 1,
      jobs: [{ count: (before.jobs as [{ count: number }])[0].count + 1 }],
    })
  })

  it('works once, for an hour, and not after another reset has set a password', async () => {
    const person = await church.addPerson('pastor', 'Pastor Aquila', 33)
    await requestReset(person.email)
    const first = await resetFor(person.email)
    await requestReset(person.email)
    const second = await resetFor(person.email)
    const links = await church.deps.database.mailLink.findMany({ where: { userId: person.userId } })
    for (const { expiresAt, createdAt } of links) expect(expiresAt.getTime() - createdAt.getTime()).toBe(3_600_000)
    expect(codesOf(await byLink(reset, second))).toEqual([])
    for (const token of [first, second])
      expect(fieldOf(await byLink(reset, token, 'yet another password'))).toBe('token')
    await requestReset(person.email)
    const third = await resetFor(person.email)
    await expire(third)
    expect(fieldOf(await byLink(reset, third))).toBe('token')
  })

  it('rejects a password that is easy to guess, and still works with a better one', async () => {
    const person = await church.addPerson('pastor', 'Pastor Crispus', 36)
    await requestReset(person.email)
    const token = await resetFor(person.email)
    for (const weak of ['123456789012', 'passwordpassword', 'TestChurch2026', 'pastor crispus 1']) {
      expect(fieldOf(await byLink(reset, token, weak))).toBe('newPassword')
    }
    expect(codesOf(await byLink(reset, token))).toEqual([])
  })

  it('does not work for a user deactivated since', async () => {
    const person = await church.addPerson('pastor', 'Pastor Alexander', 34)
    await requestReset(person.email)
    const token = await resetFor(person.email)
    const id = Buffer.from(`User:${person.userId}`).toString('base64')
    await church.ask(church.admin, `mutation { deactivateUser(input: { id: "${id}" }) { user { isActive } } }`)
    expect(fieldOf(await byLink(reset, token))).toBe('token')
  })

  it('lets its owner sign in from the address where they used it, despite guesses from elsewhere', async () => {
    const person = await church.addPerson('pastor', 'Pastor Demetrius', 35)
    await requestReset(person.email)
    const home = { 'x-forwarded-for': '192.0.2.200' }
    const input = { token: await resetFor(person.email), newPassword: chosen }
    await church.ask(null, reset, { input }, home)
    for (let count = 0; count < buckets.password.account.capacity; count++) {
      const attempt = { kind: 'password', email: person.email, ipAddress: `198.18.0.${count}` } as const
      await church.deps.loginThrottle.run(attempt, async () => undefined)
    }
    expect(codesOf(await signInWith(person.email, chosen))).toEqual(['RATE_LIMITED'])
    expect(codesOf(await church.ask(null, signIn, { input: { email: person.email, password: chosen } }, home))).toEqual(
      [],
    )
  })

  it('is rate limited per account, the same for an unknown one', async () => {
    const person = await church.addPerson('pastor', 'Pastor Diotrephes', 136)
    for (const email of [person.email, 'nobody.at.all@church.example']) {
      const codes: unknown[] = []
      for (let times = 0; times <= buckets.mail.account.capacity; times++)
        codes.push(codesOf(await requestReset(email)))
      expect(codes.slice(0, -1).flat()).toEqual([])
      expect(codes.at(-1)).toEqual(['RATE_LIMITED'])
    }
    for (let times = 0; times < buckets.mail.account.capacity; times++) await resetFor(person.email)
  })
})

describe('a mailed token', () => {
  it('is only in the mail, not in the database, the queue or the log', async () => {
    const email = freshEmail()
    await tryInvite(email)
    const token = await invitationFor(email)
    await byLink(accept, token)
    await byLink(accept, token)
    await wait(100)
    const { database } = church.deps
    const stored = JSON.stringify([
      await database.mailLink.findMany(),
      await database.auditLog.findMany(),
      await database.$queryRaw`SELECT data::text, output::text FROM pgboss.job`,
    ])
    expect(stored).toContain(createHash('sha256').update(token).digest('hex'))
    expect(stored).not.toContain(token)
    expect(logged).not.toContain(token)
    expect(logged).not.toContain(chosen)
  })
})

describe('without a mail server', () => {
  it('says what to do instead of promising a mail, for any account', async () => {
    const withoutMail = await startChurch({ runsJobs: false })
    try {
      const input = { email: 'x@church.example', name: 'X', churchName: 'X', role: 'ADMIN' }
      const invited = await withoutMail.ask(withoutMail.admin, invite, { input })
      expect(codesOf(invited)).toEqual(['BAD_REQUEST'])
      expect(invited.errors?.[0]?.message).toMatch(/SMTP_URL.*npm run users:create/)
      expect(await withoutMail.deps.database.user.count({ where: { email: 'x@church.example' } })).toBe(0)
      const answers = [withoutMail.pastor.email, 'nobody@church.example'].map((email) =>
        withoutMail.ask(null, request, { input: { email } }),
      )
      const [known, unknown] = await Promise.all(answers)
      expect(known?.text).toBe(unknown?.text)
      expect(known?.text).toContain('BAD_REQUEST')
    } finally {
      await withoutMail.close()
    }
  })
})
