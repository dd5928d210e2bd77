import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { Client } from 'pg'
import { recordJobs } from '../../../src/features/jobs/record-jobs.ts'
import { createDatabase } from '../../../src/platform/database/client.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { newId } from '../../../src/platform/ids.ts'
import { createQueue } from '../../../src/platform/jobs/queue.ts'
import type { BreakablePostgres } from './breakable-postgres.ts'
import { said, type TracedJobSettings, tracedJob } from './traced-job.ts'

const program = resolve(import.meta.dirname, 'job-worker.ts')

// Every update of a record to an ended status counts, not only the last one.
const traces = `
  CREATE TABLE runs ("jobId" uuid NOT NULL, attempt int NOT NULL, pid int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE TABLE effects ("jobId" uuid PRIMARY KEY);
  CREATE TABLE endings ("jobId" uuid NOT NULL, status text NOT NULL);
  CREATE FUNCTION trace_ending() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO public.endings VALUES (NEW.id, NEW.status);
    RETURN NEW;
  END $$;
  CREATE TRIGGER trace_ending AFTER UPDATE ON worker_jobs FOR EACH ROW
    WHEN (NEW.status IN ('completed', 'failed')) EXECUTE FUNCTION trace_ending();`

export type JobWorker = ReturnType<typeof startWorker>
export type JobWorkers = Awaited<ReturnType<typeof startJobWorkers>>
export type Run = Readonly<{ jobId: string; attempt: number; pid: number; at: Date }>

/** A database with the trace tables, a client that enqueues there, and any number of worker processes. */
export async function startJobWorkers(postgres: BreakablePostgres, name: string, settings: TracedJobSettings) {
  const url = await postgres.makeDatabase(name)
  await migrateDatabase({ url })
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(traces)
  const { database, close } = createDatabase({ url, applicationName: name, maxConnections: 4 })
  const job = tracedJob(settings)
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const queue = recordJobs(await createQueue({ url, log, queues: [job], runsJobs: false }), { newId }, [job])
  const workers: JobWorker[] = []

  const jobWorkers = {
    database,
    /** Enqueues this many jobs in one transaction. Returns their IDs. */
    enqueue: (count: number, given: Readonly<{ milliseconds?: number; isPoison?: boolean; startAfter?: Date }> = {}) =>
      database.$transaction(async (tx) => {
        const { milliseconds = 0, isPoison = false, startAfter } = given
        const ids: string[] = []
        for (let at = 0; at < count; at++)
          ids.push(await queue.enqueue(tx, job.name, { milliseconds, isPoison }, startAfter ? { startAfter } : {}))
        return ids
      }),
    /** A worker process, before it is ready. */
    start(): JobWorker {
      const worker = startWorker(url, settings)
      workers.push(worker)
      return worker
    },
    count: (table: 'runs' | 'effects' | 'endings') =>
      client.query(`SELECT count(*)::int AS count FROM ${table}`).then(({ rows }) => Number(rows[0]?.count)),
    runs: async () => (await client.query<Run>('SELECT * FROM runs ORDER BY at')).rows,
    /** The distinct outcomes of jobs, according to the records and the traces, with the number of each. */
    async ends(ids: readonly string[]) {
      const { rows } = await client.query<{ status: string; error: string | null; effects: number; endings: number }>(
        `SELECT status::text, error, count(*)::int AS jobs,
           (SELECT count(*)::int FROM effects e WHERE e."jobId" = w.id) AS effects,
           (SELECT count(*)::int FROM endings e WHERE e."jobId" = w.id) AS endings
         FROM worker_jobs w WHERE id = ANY ($1) GROUP BY 1, 2, 4, 5`,
        [ids],
      )
      return rows
    },
    /** The number of jobs in the queue itself that aren't done. */
    async openInQueue(): Promise<number> {
      const { rows } = await client.query(
        `SELECT count(*)::int AS count FROM pgboss.job WHERE name = $1 AND state < 'completed'`,
        [job.name],
      )
      return Number(rows[0]?.count)
    },
    async databaseNow(): Promise<Date> {
      const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')
      return rows[0]?.now ?? new Date(0)
    },
    async close(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.end('SIGKILL')))
      await queue.stop()
      await close()
      await client.end()
    },
  }
  return jobWorkers
}

function startWorker(url: string, settings: TracedJobSettings) {
  const child = spawn(process.execPath, [program, url, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  const exited = once(child, 'exit')
  // Before any listener that searches the output.
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const hasSaid = (line: string) =>
    new Promise<void>((done, failed) => {
      const look = () => {
        if (output.includes(line)) done()
      }
      child.stdout?.on('data', look)
      child.once('exit', () => failed(new Error(`the worker ended by itself:\n${output}`)))
      look()
    })
  const isReady = hasSaid(said.ready)
  const isWorking = hasSaid(said.working)
  // A test may await neither, which must not be an unhandled rejection.
  isReady.catch(() => undefined)
  isWorking.catch(() => undefined)

  return {
    // Set unless spawning failed, in which case `isReady` rejects.
    pid: child.pid ?? 0,
    isReady,
    isWorking,
    /** Offsets its clock by this much. */
    jump: (milliseconds: number) => child.send(milliseconds),
    async end(signal: NodeJS.Signals): Promise<number | null> {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}
