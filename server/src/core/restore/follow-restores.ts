import type { Events } from '../../platform/events/events.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { RestoreWatch } from './restore-watch.ts'

type FollowRestoresOptions = Readonly<{
  watch: Pick<RestoreWatch, 'check'>
  events: Pick<Events, 'on' | 'onReconnect'>
  log: Pick<Log, 'warn' | 'error'>
  /** Called when this or another node has revoked all access. */
  onRestored(): Promise<void>
  everyMs?: number
}>

/** Channels of access changes: a restore to an earlier state must be detected. */
const channels = ['session_ended', 'token_ended', 'access_changed'] as const

const delayMs = 100

/**
 * Checks at intervals, and soon after each access change, whether the database was rolled back, and thereby keeps this
 * node's checkpoint up to date. `stop` checks once more.
 */
export function followRestores({ watch, events, log, onRestored, everyMs = 30_000 }: FollowRestoresOptions) {
  let timer: NodeJS.Timeout | null = null

  async function check(): Promise<void> {
    const { restored } = await watch.check()
    if (restored === null) return
    log.warn({ cause: restored }, 'the database was restored: all access was ended')
    await onRestored()
  }

  const failed = (err: unknown) => log.error({ err }, 'failed to check whether the database was restored')
  const checkSoon = () => {
    timer ??= setTimeout(() => {
      timer = null
      check().catch(failed)
    }, delayMs).unref()
  }
  const interval = setInterval(checkSoon, everyMs).unref()
  const unsubscribes = [
    ...channels.map((channel) => events.on(channel, checkSoon)),
    events.on('access_restored', () => void onRestored().catch(failed)),
    events.onReconnect(checkSoon),
  ]

  return {
    async stop(): Promise<void> {
      clearInterval(interval)
      if (timer !== null) clearTimeout(timer)
      for (const end of unsubscribes) end()
      await check().catch(failed)
    },
  }
}
