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
  const replies: { entryPoint: string; reply: Reply }[] = []

  async function knock(entryPoint: string, path: string, init: RequestInit): Promise<Reply> {
    const response = await fetch(`${url}${path}`, init)
    const [setCookie] = response.headers.getSetCookie()
    const reply = {
      status: response.status,
      text: await response.text(),
      // The one header that is meant to carry a secret.
      headers: JSON.stringify([...response.headers].filter(([name]) => name !== 'set-cookie')),
      cookie: setCookie?.split(';')[0] ?? null,
    }
    replies.push({ entryPoint, reply })
    return reply
  }

  const post = (entryPoint: string, path: string, body: string, headers: Record<string, string> = {}) =>
    knock(entryPoint, path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

  return {
    url,
    knock,
    post,
    replies: () => replies,
    /** The errors: whole responses by status, and the GraphQL errors of responses that are otherwise successful. */
    refusals: () =>
      replies.flatMap(({ entryPoint, reply: { status, headers, text } }) => {
        const errors = text.indexOf('"errors":')
        if (status < 400 && errors === -1) return []
        return [{ entryPoint, output: headers + (status < 400 ? text.slice(errors, dataIn(text, errors)) : text) }]
      }),
    /** Sends a query over a socket of one session, and records the response. */
    async askOverSocket(cookie: string, query: string, variables: Record<string, unknown> = {}): Promise<void> {
      const { client } = await openSocket(url, { cookie })
      const text = await Array.fromAsync(client.iterate({ query, variables })).then(JSON.stringify, JSON.stringify)
      replies.push({ entryPoint: 'socket', reply: { status: 200, text, headers: '', cookie: null } })
      await client.dispose()
    },
    /** A webhook, signed with a secret. */
    deliver(entryPoint: string, webhook: SimulatedWebhook | string, secret: string): Promise<Reply> {
      const body = typeof webhook === 'string' ? webhook : JSON.stringify(webhook)
      return post(entryPoint, '/webhooks/calcom', body, { 'x-cal-signature-256': signatureOf(secret, body) })
    },
    /** A GraphQL request with these headers. */
    ask(
      entryPoint: string,
      query: string,
      variables: Record<string, unknown> = {},
      headers: Record<string, string> = {},
    ): Promise<Reply> {
      return post(entryPoint, '/graphql', JSON.stringify({ query, variables }), headers)
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
  let output = ''
  command.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  command.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  command.stdin.end(`${password}\n`)
  const [code] = await once(command, 'close')
  if (code !== 0) throw new Error(`users:create ended with ${code}:\n${output}`)
  return output
}
