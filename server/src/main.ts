import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { seedSampleChurch } from '../../prisma/seed.ts'
import { type App, createApp } from './app.ts'
import { bootstrap } from './bootstrap.ts'
import { startWorkers } from './jobs.ts'
import { type Env, projectRoot, readEnv, withDotEnv } from './platform/config/env.ts'
import { startEmbeddedPostgres } from './platform/database/embedded/embedded.ts'
import { databaseFailureOf } from './platform/database/failure.ts'
import { ChurchHubError, ConfigurationError } from './platform/errors.ts'
import { createLog, type Log } from './platform/logging/log.ts'
import { createMetrics, type Metrics } from './platform/logging/metrics.ts'
import { createLogOutput } from './platform/logging/output.ts'
import { endOnUncaughtErrors } from './platform/logging/uncaught.ts'

/** Longer than requests and jobs in progress may take. The lead of SHUTDOWN_LEAD_MS comes before it. */
const maxStopMs = 60_000

/** The started parts, in order. They are stopped in reverse order. */
type Started = { name: string; stop: () => Promise<void> }[]

/** Reads the environment, then starts database, services, workers and the HTTP server. Stops cleanly on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const env = readEnv(withDotEnv(process.env))
  const isAtTerminal = process.stdout.isTTY === true && !env.isProduction
  const output = createLogOutput()
  const log = createLog({ level: env.logLevel, pretty: isAtTerminal, to: output })
  endOnUncaughtErrors(log)
  const started: Started = []
  stopOnSignal(started, log, env.shutdownLeadMs)
  try {
    await start(env, { log, metrics: createMetrics(output) }, started)
  } catch (error) {
    await stopAll(started, log)
    if (!(error instanceof ChurchHubError)) log.fatal({ err: error }, 'the start failed')
    throw error
  }
}

async function start(
  env: Env,
  { log, metrics }: Readonly<{ log: Log; metrics: Metrics }>,
  started: Started,
): Promise<void> {
  const urls = await openDatabase(env, log, started)
  const runsJobs = env.role !== 'web'
  const services = await bootstrap({ env, log, ...urls, runsJobs })
  started.push({ name: 'services', stop: services.close })
  const { deps } = services

  const sample = (env.sampleData ?? env.databaseUrl === null) ? await seedSampleChurch(deps) : null
  const workers = runsJobs ? await startWorkers(deps) : null
  const built = join(projectRoot, 'client/dist')
  const app = createApp({
    ...deps,
    metrics,
    servesRequests: env.role !== 'worker',
    clientDirectory: existsSync(join(built, 'index.html')) ? built : null,
    isNodeReady: () => deps.events.isReady() && (workers?.isReady() ?? true),
  })
  await listen(app, env)
  started.push({ name: 'app', stop: app.close })
  announce(env, sample)
}

async function openDatabase(env: Env, log: Log, started: Started): Promise<{ url: string; directUrl: string }> {
  if (env.databaseUrl !== null) {
    const url = env.databaseUrl.reveal()
    return { url, directUrl: env.databaseDirectUrl?.reveal() ?? url }
  }
  const embedded = await startEmbeddedPostgres({ home: env.home, log })
  started.push({ name: 'embedded database', stop: embedded.stop })
  return { url: embedded.url, directUrl: embedded.url }
}

async function listen({ server }: App, { port, host }: Env): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ConfigurationError(reasonNotToListen(error, port, host), { cause: error })
  }
}

function reasonNotToListen(error: unknown, port: number, host: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use by another program. Stop that program, or use another port: PORT=${port + 1} npm start`
  }
  if (code === 'EACCES') return `Port ${port} needs more privileges than this user has. Set PORT to one above 1023.`
  return `The server can't listen on ${host}:${port} (${String(code)}). Check HOST and PORT.`
}

/** Prints the address and the sample accounts to the terminal, not to the log. */
function announce(env: Env, sample: Awaited<ReturnType<typeof seedSampleChurch>>): void {
  const lines = ['', `ChurchHub is ready: ${env.publicUrl}`]
  if (sample !== null) {
    const accounts = sample.accounts.map(
      ({ role, email, password }) => `  ${role.padEnd(7)}${email.padEnd(34)}${password}`,
    )
    lines.push(
      '',
      'The sample church. Sign in as',
      ...accounts,
      '',
      'Run npm run simulate to receive bookings. Press Ctrl-C to stop.',
    )
  }
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

function stopOnSignal(started: Started, log: Log, leadMs: number): void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals) => {
    // Terminals and init systems signal whole groups, and people press Ctrl-C twice.
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    // A part that waits for an unreachable database might never stop.
    setTimeout(() => {
      log.error('shutdown timed out')
      process.exit(1)
    }, leadMs + maxStopMs).unref()
    stopAll(started, log).then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

async function stopAll(started: Started, log: Log): Promise<void> {
  // A part that is still starting ends with the process.
  for (const { name, stop } of started.splice(0).reverse()) {
    await stop().catch((err: unknown) => log.error({ err, part: name }, 'failed to stop a component cleanly'))
  }
}

/** One line. A ChurchHubError is written for people; the message of any other may quote a value. */
function reasonNotToStart(error: unknown): string {
  if (error instanceof ChurchHubError) return error.message
  if (databaseFailureOf(error) !== null) {
    return "The database became unavailable, read-only or full during the start. Start again once it's back; the log has the error."
  }
  return "The start failed on an unexpected error. The log's last line has it."
}

// A full disk or a closed pipe behind it must not end the server.
process.stderr.on('error', () => undefined)
main().catch((error: unknown) => {
  process.stderr.write(`${reasonNotToStart(error)}\n`)
  process.exit(1)
})
