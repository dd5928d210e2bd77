import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../fakes/free-port.ts'

const main = resolve(import.meta.dirname, '../../../src/main.ts')

export const webhookSecret = 'a webhook secret that only tests have'
/** The key of `openTestVault`, so that a test can decrypt what a node has encrypted. */
const encryptionKey = '07'.repeat(32)

export type Node = Awaited<ReturnType<typeof startNode>>

/** A ChurchHub server in its own process, as in production, ready to serve. */
export async function startNode(databaseUrl: string, variables: Record<string, string> = {}) {
  const port = Number(variables.PORT ?? (await freePort()))
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: encryptionKey,
      CALCOM_WEBHOOK_SECRET: webhookSecret,
      CHURCHHUB_HOME: join(tmpdir(), `churchhub-node-${process.pid}-${port}`),
      LOG_LEVEL: 'info',
      SAMPLE_DATA: 'off',
      ...variables,
      PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`

  const node = {
    port,
    // It has been spawned: /readyz responds below.
    pid: child.pid ?? 0,
    url,
    /** Everything it has logged. */
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end(signal: NodeJS.Signals): Promise<number | null> {
      if (!node.hasEnded()) child.kill(signal)
      await exited
      return child.exitCode
    },
    suspend: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    /** Waits until /readyz succeeds. Fails after `seconds`, with the log. */
    async ready(seconds = 60): Promise<void> {
      const giveUpAt = Date.now() + seconds * 1_000
      while (!(await isOk(`${url}/readyz`))) {
        if (node.hasEnded() || Date.now() > giveUpAt)
          throw new Error(`the node did not become ready:\n${output.slice(-2_000)}`)
        await wait(50)
      }
    },
  }
  await node.ready()
  return node
}

async function isOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
}
