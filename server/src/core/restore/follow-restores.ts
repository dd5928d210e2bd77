import type { Events } from '../../platform/events/events.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { RestoreWatch } from './restore-watch.ts'

type FollowRestoresOptions = Readonly<{
  watch: Pick<RestoreWatch, 'look'>
  events: Pick<Events, 'on' | 'onReconnect'>
  log: Pick<Log, 'warn' | 'error'>
  /** Called when this node, or another, has ended all access. */
  onRestored(): Promise<void>
  everyMs?: number
}>

/** What ends or changes somebody's access: a restore to a state before it must be noticed. */
const channels = ['session_ended', 'token_ended', 'access_changed'] as const

const delayMs = 100

/**
 * Looks at the database at intervals, and soon after each change of somebody's access, whether it was put back to an older
 * state, and so keeps this node's checkpoint close behind it. `stop` looks once more.
 */
export function followRestores({ watch, events, log, onRestored, everyMs = 30_000 }: FollowRestoresOptions) {
  let soon: NodeJS.Timeout | null = null

  async function look(): Promise<void> {
    const { restored } = await watch.look()
    if (restored === null) return
    log.warn({ cause: restored }, 'the database was restored: all access was ended')
    await onRestored()
  }

  const failed = (err: unknown) => log.error({ err }, 'could not look whether the database was restored')
  const lookSoon = () => {
    soon ??= setTimeout(() => {
      soon = null
      look().catch(failed)
    }, delayMs).unref()
  }
  const looking = setInterval(lookSoon, everyMs).unref()
  const stops = [
    ...channels.map((channel) => events.on(channel, lookSoon)),
    events.on('access_restored', () => void onRestored().catch(failed)),
    events.onReconnect(lookSoon),
  ]

  return {
    async stop(): Promise<void> {
      clearInterval(looking)
      if (soon !== null) clearTimeout(soon)
      for (const end of stops) end()
      await look().catch(failed)
    },
  }
}
