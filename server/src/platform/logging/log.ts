import { createRequire } from 'node:module'
import { type DestinationStream, type Level, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino'
import { createLogOutput, type LogOutput } from './output.ts'
import { redactFields } from './redact.ts'

/** The server's log: JSON lines, one per event, with secrets masked. Messages are constant strings. */
export type Log = Logger

type LogDestination = DestinationStream & Partial<Pick<LogOutput, 'onResumed'>>

type LogOptions = Readonly<{
  level: Level | 'silent'
  /** Readable output for a terminal. Needs the dev dependency pino-pretty, and is ignored without it. */
  pretty?: boolean
  /** Where lines go, unless they are pretty. Default: standard output. */
  to?: LogDestination
}>

/** Creates the log. Nothing else writes to standard output while the server runs. */
export function createLog({ level, pretty = false, to }: LogOptions): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // The formatters below handle errors; pino's own serializer would write messages and every field.
    serializers: { err: (error: unknown) => error },
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => redactFields(fields),
    },
    hooks: {
      // Without a message pino uses the error's own, which may quote user input.
      logMethod(args, method) {
        const [first, message]: unknown[] = args
        const error = first instanceof Error ? first : errorIn(first)
        if (error === null || message !== undefined) method.apply(this, args)
        else method.call(this, first instanceof Error ? { err: first } : first, error.name)
      },
    },
  }
  const standardOutput = () => (level === 'silent' ? { write: () => undefined } : createLogOutput())
  const output: LogDestination = (pretty ? prettyStream() : null) ?? to ?? standardOutput()
  const log = pino(options, output)
  // pino applies no formatter to a child's own fields. Children inherit this wrapper, so it covers nested children.
  const child = log.child
  const redactingChild = function (this: Logger, ...[fields, childOptions]: Parameters<typeof child>) {
    return child.call(this, redactFields(fields), childOptions)
  }
  log.child = redactingChild as typeof child // Parameters<> can't carry the type parameter for custom levels
  output.onResumed?.((dropped) => log.warn({ dropped }, 'log lines were dropped: standard output was full'))
  return log
}

function errorIn(fields: unknown): Error | null {
  return typeof fields === 'object' && fields !== null && 'err' in fields && fields.err instanceof Error
    ? fields.err
    : null
}

function prettyStream(): DestinationStream | null {
  try {
    const load = createRequire(import.meta.url)
    const prettyOf: typeof import('pino-pretty') = load('pino-pretty')
    return prettyOf({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', sync: true })
  } catch {
    return null
  }
}
