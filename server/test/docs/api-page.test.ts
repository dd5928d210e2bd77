import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8')
const section = page.slice(page.indexOf('## Follow changes live'))

let church: RunningChurch
let token: string
const running: ChildProcess[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  token = (await addToken(church, church.pastor, ['bookings:read'])).token
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
})
afterAll(() => church.close())

/** The first code block in this language of the section on live changes, adapted to this church. */
function exampleIn(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(section) ?? []
  if (text === undefined) throw new Error(`there is no example in ${language}`)
  return text.replaceAll('localhost:4000', new URL(church.url).host)
}

/** Runs an example; resolves with its output once that contains all the words. */
function run(command: string, args: readonly string[]) {
  // Packages are resolved from here.
  const cwd = join(import.meta.dirname, '../..')
  const child = spawn(command, args, { cwd, env: { ...process.env, CHURCHHUB_TOKEN: token } })
  running.push(child)
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  return async (...words: readonly string[]): Promise<string> => {
    while (!words.every((word) => printed.includes(word))) {
      if (child.exitCode !== null) throw new Error(`it ended: ${printed}`)
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    }
    return printed
  }
}

/** Changes a booking repeatedly, because an example doesn't print when its stream is connected. */
async function changeUntil(kind: string, until: Promise<unknown>): Promise<void> {
  const { userId } = church.pastor
  const bookingId = await addBooking(church.deps, church.pastor)
  let isRunning = true
  void until.finally(() => {
    isRunning = false
  })
  while (isRunning) {
    await church.deps.database.$queryRaw`SELECT append_booking_change(${userId}::uuid, ${bookingId}::uuid, ${kind})`
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('the examples of docs/api.md', () => {
  it('work over a WebSocket', async () => {
    const printed = run(process.execPath, ['--input-type=module', '-e', exampleIn('js')])
    const output = printed('UPDATED', "status: 'CONFIRMED'")
    await changeUntil('updated', output)
    expect(await output).toContain('UPDATED')
  })

  it('work over Server-Sent Events', async () => {
    const printed = run('bash', ['-c', exampleIn('sh')])
    const output = printed('event: next', '"kind":"CANCELLED"')
    await changeUntil('cancelled', output)
    expect(await output).toContain('event: next')
  })
})
