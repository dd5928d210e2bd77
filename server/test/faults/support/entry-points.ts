import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { signatureOf } from '../../support/cal.ts'
import { openSocket } from '../../support/sockets.ts'

const usersCreate = resolve(import.meta.dirname, '../../../src/commands/users-create.ts')

export type Reply = Readonly<{ status: number; text: string; headers: string; cookie: string | null }>

export type EntryPoints = ReturnType<typeof openEntryPoints>

/** Every entry point of a server, as used by strangers, Cal.com and pastors, and every response. */
export function openEntryPoints(url: string) {
  const replies: { door: string; reply: Reply }[] = []

  async function knock(door: string, path: string, init: RequestInit): Promise<Reply> {
    const response = await fetch(`${url}${path}`, init)
    const [setCookie] = response.headers.getSetCookie()
    const reply = {
      status: response.status,
      text: await response.text(),
      // The one header that is meant to carry a secret.
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
    /** The errors: whole responses by status, and the GraphQL errors of responses that are otherwise successful. */
    refusals: () =>
      replies.flatMap(({ door, reply: { status, headers, text } }) => {
        const errors = text.indexOf('"errors":')
        if (status < 400 && errors === -1) return []
        return [{ door, said: headers + (status < 400 ? text.slice(errors, dataIn(text, errors)) : text) }]
      }),
    /** Sends a query over a socket of one session, and records the response. */
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
    /** A GraphQL request with these headers. */
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

/** The offset of a response's data after its errors, or its end. */
function dataIn(text: string, errors: number): number {
  const data = text.indexOf('"data":', errors)
  return data === -1 ? text.length : data
}

/** Runs `npm run users:create`, with the password on standard input. Returns all its output. */
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
