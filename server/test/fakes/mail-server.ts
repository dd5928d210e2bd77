import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** A received mail and its envelope recipients. */
type ReceivedMail = Readonly<{ to: readonly string[]; from: string; parsed: ParsedMail }>

export type MailServer = Readonly<{
  url: string
  /** The next mail not returned yet. Waits at most twenty seconds. */
  nextMail(): Promise<ReceivedMail>
  /** Received mails not returned yet. */
  waiting(): number
  /** Rejects this many mails from now on, with a message that quotes the recipient. */
  refuse(count: number): void
  close(): Promise<void>
}>

const maxWaitMs = 20_000

/** A real SMTP server on a free loopback port, without TLS or accounts. */
export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  const waiters: ((mail: ReceivedMail) => void)[] = []
  let refusals = 0
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, callback) => {
      if (refusals === 0) return callback()
      refusals -= 1
      callback(Object.assign(new Error(`No place for <${address}>`), { responseCode: 452 }))
    },
    onData: (stream, { envelope }, callback) => {
      simpleParser(stream).then((parsed) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const mail = { to: envelope.rcptTo.map(({ address }) => address), from, parsed }
        const waiter = waiters.shift()
        if (waiter === undefined) mails.push(mail)
        else waiter(mail)
        callback()
      }, callback)
    },
  })
  server.on('error', () => undefined)
  const { server: listener } = server
  server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    // A listening TCP server has an address object, never a pipe name.
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    nextMail: () => {
      const mail = mails.shift()
      if (mail !== undefined) return Promise.resolve(mail)
      const { promise, resolve, reject } = Promise.withResolvers<ReceivedMail>()
      const timer = setTimeout(() => reject(new Error('no mail arrived')), maxWaitMs)
      waiters.push((next) => {
        clearTimeout(timer)
        resolve(next)
      })
      return promise
    },
    waiting: () => mails.length,
    refuse: (count) => {
      refusals = count
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
