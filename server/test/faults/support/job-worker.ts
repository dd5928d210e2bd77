/**
 * A worker process with the real queue and the real wrapper, and a job that leaves traces, for tests to kill and
 * disturb. A program: its arguments are the database URL and the job's settings. A number sent to it offsets its clock
 * by that many milliseconds.
 */
import { flushCompileCache } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'
import { failLostJobs } from '../../../src/features/jobs/fail-lost-jobs.ts'
import { runJobs } from '../../../src/features/jobs/run-jobs.ts'
import { createDatabase } from '../../../src/platform/database/client.ts'
import { createQueue } from '../../../src/platform/jobs/queue.ts'
import { said, type TracedJobSettings, tracedJob } from './traced-job.ts'

const [, , url = '', given = ''] = process.argv
// Written by startWorkers, which has the type.
const settings = JSON.parse(given) as TracedJobSettings
const { lingerMs = 0, superviseSeconds } = settings

// Every clock of the process except timers, which a change of the system clock doesn't affect. pg-boss reads it too.
let offsetMs = 0
globalThis.Date = new Proxy(Date, {
  construct: (Real, args) => (args.length === 0 ? new Real(Real.now() + offsetMs) : Reflect.construct(Real, args)),
  get: (Real, name) => (name === 'now' ? () => Real.now() + offsetMs : Reflect.get(Real, name)),
})
process.on('message', (message) => {
  offsetMs = Number(message)
})

const log = { info: () => undefined, warn: () => undefined, error: console.error }
const job = tracedJob(settings)
const { database, close } = createDatabase({ url, applicationName: 'job worker', maxConnections: 2 })
const deps = { database, log }
const queue = await createQueue({
  url,
  log,
  queues: [job],
  runsJobs: true,
  ...(superviseSeconds && { superviseSeconds }),
})
await queue.work(job.name, async (batch) => {
  const outcomes = await runJobs(deps, job, batch)
  await wait(lingerMs)
  return outcomes
})
await queue.onJobLost((lost) => failLostJobs(deps, lost))

process.once('SIGTERM', async () => {
  await queue.stop()
  await close()
  // As a server does: whatever still runs now is lost.
  process.exit()
})
// Node writes it when a process exits, which a killed worker never does.
flushCompileCache()
process.stdout.write(said.ready)
