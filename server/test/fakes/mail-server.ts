import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** A mail as it came in, and to whom it was handed over. */
export type ReceivedMail = Readonly<{ to: readonly string[]; from: string; parsed: ParsedMail }>

export type MailServer = Readonly<{
  url: string
  /** The next mail that nobody has been given; waits for it at most twenty seconds. */
  nextMail(): Promise<ReceivedMail>
  /** Mails that came and nobody asked for. */
  waiting(): number
  /** Refuses so many mails from now on, with words that quote the recipient. */
  refuse(count: number): void
  close(): Promise<void>
}>

const longestWaitMs = 20_000

/** A real SMTP server on a free port of loopback, without TLS or accounts, as a development machine has one. */
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
    // A listening TCP server's address is never a pipe's name.
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    nextMail: () => {
      const mail = mails.shift()
      if (mail !== undefined) return Promise.resolve(mail)
      const { promise, resolve, reject } = Promise.withResolvers<ReceivedMail>()
      const timer = setTimeout(() => reject(new Error('no mail came')), longestWaitMs)
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
