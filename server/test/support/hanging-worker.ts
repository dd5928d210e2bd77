// A worker process that takes a job and never finishes it, for tests to kill. Argument: the database URL.

import { runJobs } from '../../src/features/jobs/run-jobs.ts'
import { type JobDeps, jobs, openJobQueue } from '../../src/jobs.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createDatabase } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { createTestAccess, openTestVault, testEnv } from './parish.ts'

const url = process.argv[2] ?? ''
const log = { info: console.error, warn: console.error, error: console.error }
const { database } = createDatabase({ url, applicationName: 'hanging worker', maxConnections: 2 })
const queue = await openJobQueue({ url, log, runsJobs: true, newId })
const vault = await openTestVault(database)
const access = createTestAccess(database)
const deps: JobDeps = { ...access, database, vault, newId, clock: systemClock, log, queue, env: testEnv }
for (const job of jobs) {
  const hanging = {
    ...job,
    runOnce: () => {
      process.stdout.write('started\n')
      return new Promise<never>(() => undefined)
    },
  }
  await queue.work(job.name, (batch) => runJobs(deps, hanging, batch))
}
