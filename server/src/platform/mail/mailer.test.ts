import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../test/fakes/mail-server.ts'
import { Secret } from '../secret.ts'
import { createMailer, smtpOptionsOf } from './mailer.ts'

let server: MailServer

beforeAll(async () => {
  server = await startMailServer()
})
afterAll(() => server.close())

const mailer = (query = '') =>
  createMailer({ smtpUrl: new Secret(`${server.url}${query}`), from: 'Hub <hub@a.example>' })
const mail = { to: 'ruth@b.example', subject: 'Hello', text: 'A line\n.\nand another, ä' }
const refusalOf = (attempt: Promise<void>) =>
  attempt.then(
    () => null,
    (error: Error & { extensions: unknown }) => error,
  )

test('a mail arrives as it was sent', async () => {
  await mailer().send(mail)
  const { to, from, parsed } = await server.nextMail()
  expect({ to, from, subject: parsed.subject, text: parsed.text?.trim() }).toEqual({
    to: ['ruth@b.example'],
    from: 'hub@a.example',
    subject: 'Hello',
    text: mail.text,
  })
})

test('an address stays one address, and a subject one line, whatever they contain', async () => {
  await mailer()
    .send({ ...mail, to: 'ruth@b.example, other@c.example', subject: 'Hello\r\nBcc: other@c.example' })
    .catch(() => undefined)
  if (server.waiting() > 0) {
    const { to, parsed } = await server.nextMail()
    expect(to).toHaveLength(1)
    expect(parsed.bcc).toBeUndefined()
  }
})

test('a refusal has the code and the reply, but none of the text', async () => {
  server.refuse(1)
  const error = await refusalOf(mailer().send(mail))
  expect(error).toMatchObject({ code: 'UNAVAILABLE', extensions: { reason: 'EENVELOPE', reply: 452 } })
  expect(error?.cause).toBeUndefined()
  expect(`${error?.message} ${error?.stack}`).not.toContain('ruth')
})

test('an unreachable server is a refusal too', async () => {
  const error = await refusalOf(
    createMailer({ smtpUrl: new Secret('smtp://127.0.0.1:1'), from: 'hub@a.example' }).send(mail),
  )
  expect(error).toMatchObject({ name: 'MailError', extensions: { reason: expect.stringMatching(/^E/), reply: null } })
})

test('nothing is sent in plaintext if TLS is required', async () => {
  const error = await refusalOf(mailer('?requireTLS=true').send(mail))
  expect(error).toMatchObject({ extensions: { reason: 'ETLS' } })
  expect(server.waiting()).toBe(0)
})

test.each([
  ['smtp://mail.church.example', { port: 587, secure: false, requireTLS: true, ignoreTLS: false }],
  ['smtp://mail.church.example:2525', { port: 2525, requireTLS: true }],
  ['smtps://mail.church.example', { port: 465, secure: true, requireTLS: false, ignoreTLS: false }],
  ['smtp://mailpit:1025?requireTLS=false', { host: 'mailpit', requireTLS: false, ignoreTLS: true }],
  ['smtp://localhost:1025', { requireTLS: false, ignoreTLS: true }],
  ['smtp://[::1]:1025', { host: '::1', requireTLS: false }],
  ['smtp://127.0.0.1.evil.example', { requireTLS: true }],
  ['smtp://hub%40a.example:p%3As%2F@mail.church.example', { auth: { user: 'hub@a.example', pass: 'p:s/' } }],
])('the connection options of %s', (url, options) => {
  expect(smtpOptionsOf(url)).toMatchObject(options)
})
