import type { Log } from './log.ts'

/**
 * Logs an error that nobody handles, or a rejection, and ends the process with code 1. Node itself would print the
 * message, which may quote a value.
 */
export function endOnUncaughtErrors(log: Pick<Log, 'fatal'>): void {
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'uncaught error: the process ends')
    process.exit(1)
  })
}
