import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createSemaphore } from '../../platform/concurrency/semaphore.ts'
import type { PasswordWeakness } from './judge-password.ts'

/** The message to the worker thread. */
export type JudgeRequest = Readonly<{ password: string; context: readonly string[] }>

/** Judges new passwords, one at a time, in a worker thread. */
export type PasswordStrength = Readonly<{
  /**
   * What makes a password easy to guess, or null. Throws RateLimitedError when the queue is full.
   *
   * @param context - texts that an attacker would try: the account's name, address and church
   */
  weaknessOf(password: string, context: readonly string[]): Promise<PasswordWeakness | null>
  /** Ends the thread. */
  close(): Promise<void>
}>

/** The word lists take about 60 MB, so the thread ends when idle. */
const idleMs = 60_000

const limits = { maxConcurrent: 1, maxQueued: 20 }

/** The thread starts with the first password. */
export function createPasswordStrength(): PasswordStrength {
  const semaphore = createSemaphore(limits)
  let thread: Worker | null = null
  let idle: NodeJS.Timeout | undefined

  function open(): Worker {
    clearTimeout(idle)
    thread ??= new Worker(new URL('./password-thread.ts', import.meta.url))
    return thread
  }

  async function close(): Promise<void> {
    clearTimeout(idle)
    const ending = thread
    thread = null
    await ending?.terminate()
  }

  return {
    weaknessOf: (password, context) =>
      semaphore(async () => {
        const pending = open()
        const request: JudgeRequest = { password, context }
        try {
          const answered = once(pending, 'message')
          pending.postMessage(request)
          const [weakness] = await answered
          return weakness as PasswordWeakness | null // what password-thread.ts posts
        } catch (error) {
          await close()
          throw error
        } finally {
          clearTimeout(idle)
          // Don't keep the process alive for an idle thread.
          pending.unref()
          idle = setTimeout(() => void close(), idleMs).unref()
        }
      }),
    close,
  }
}
