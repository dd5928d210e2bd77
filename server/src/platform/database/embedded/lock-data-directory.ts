import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigurationError } from '../../errors.ts'
import { isAlive, startTimeOf } from './process-table.ts'

/**
 * Gives this process exclusive use of the home until it releases it or exits. The lock is a file with the process ID
 * and start time; the lock of a dead process is ignored.
 *
 * @throws ConfigurationError in one line when another process holds the home
 */
export async function lockDataDirectory(home: string): Promise<{ release(): Promise<void> }> {
  const file = join(home, 'server.pid')
  const ownLock = `${process.pid}\n${await startTimeOf(process.pid)}\n`
  while (!(await create(file, ownLock))) {
    const holder = await readFile(file, 'utf8').catch(() => '')
    const pid = await runningHolder(holder)
    if (pid !== null) throw lockedBy(home, pid)
    // Two processes that find the same dead holder could each remove the other's new lock; the later one keeps it.
    await rm(file, { force: true })
    if (await create(file, ownLock)) {
      await wait(100)
      break
    }
  }
  const written = await readFile(file, 'utf8').catch(() => '')
  if (written !== ownLock) throw lockedBy(home, Number.parseInt(written, 10))
  return { release: () => rm(file, { force: true }) }
}

function lockedBy(home: string, pid: number): ConfigurationError {
  return new ConfigurationError(
    `Another ChurchHub (process ${pid}) is running on ${home}. Stop it first, or give this one another CHURCHHUB_HOME.`,
  )
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function runningHolder(claim: string): Promise<number | null> {
  const [first = '', startTime = ''] = claim.split('\n')
  const pid = Number(first)
  if (!Number.isInteger(pid) || pid <= 0 || !(await isAlive(pid))) return null
  // Process IDs are reused, in containers immediately; the start time tells processes apart.
  return startTime === (await startTimeOf(pid)) ? pid : null
}
