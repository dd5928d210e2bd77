import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { signatureOf } from '../../support/cal.ts'
import { openSocket } from '../../support/sockets.ts'

const usersCreate = resolve(import.meta.dirname, '../../../src/commands/users-create.ts')

export type Reply = Readonly<{ status: number; text: string; headers: string; cookie: string | null }>

export type EntryPoints = ReturnType<typeof openEntryPoints>

/** Every door of a server, as strangers, Cal.com and pastors knock at it, and all that it answered. */
export function openEntryPoints(url: string) {
  const replies: { door: string; reply: Reply }[] = []

  async function knock(door: string, path: string, init: RequestInit): Promise<Reply> {
    const response = await fetch(`${url}${path}`, init)
    const [setCookie] = response.headers.getSetCookie()
    const reply = {
      status: response.status,
      text: await response.text(),
      // The one answer that is there to hand a secret out.
      headers: JSON.stringify([...response.headers].filter(([name]) => name !== 'set-cookie')),
      cookie: setCookie?.split(';')[0] ?? null,
    }
    replies.push({ door, reply })
    return reply
  }

  const post = (door: string, path: string, body: string, headers: Record<string, string> = {}) =>
    knock(door, path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

  return {
    url,
    knock,
    post,
    replies: () => replies,
    /** What refusals say: whole answers by their status, and what GraphQL says was wrong in answers that are right otherwise. */
    refusals: () =>
      replies.flatMap(({ door, reply: { status, headers, text } }) => {
        const errors = text.indexOf('"errors":')
        if (status < 400 && errors === -1) return []
        return [{ door, said: headers + (status < 400 ? text.slice(errors, dataIn(text, errors)) : text) }]
      }),
    /** Asks over a socket of one session, and remembers what it said. */
    async askOverSocket(cookie: string, query: string, variables: Record<string, unknown> = {}): Promise<void> {
      const { client } = await openSocket(url, { cookie })
      const text = await Array.fromAsync(client.iterate({ query, variables })).then(JSON.stringify, JSON.stringify)
      replies.push({ door: 'socket', reply: { status: 200, text, headers: '', cookie: null } })
      await client.dispose()
    },
    /** A webhook, signed with a secret. */
    deliver(door: string, webhook: SimulatedWebhook | string, secret: string): Promise<Reply> {
      const body = typeof webhook === 'string' ? webhook : JSON.stringify(webhook)
      return post(door, '/webhooks/calcom', body, { 'x-cal-signature-256': signatureOf(secret, body) })
    },
    /** A GraphQL request, as whoever the headers say. */
    ask(
      door: string,
      query: string,
      variables: Record<string, unknown> = {},
      headers: Record<string, string> = {},
    ): Promise<Reply> {
      return post(door, '/graphql', JSON.stringify({ query, variables }), headers)
    },
  }
}

/** Where an answer's data begin behind its errors, or its end. */
function dataIn(text: string, errors: number): number {
  const data = text.indexOf('"data":', errors)
  return data === -1 ? text.length : data
}

/** `npm run users:create`, with the password on its standard input. Returns all that it said. */
export async function createUserByCommand(
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
  password: string,
): Promise<string> {
  const command = spawn(process.execPath, [usersCreate, ...flags, '--password-stdin'], {
    env: { ...process.env, NODE_ENV: 'test', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  command.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  command.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  command.stdin.end(`${password}\n`)
  const [code] = await once(command, 'close')
  if (code !== 0) throw new Error(`users:create ended with ${code}:\n${said}`)
  return said
}
