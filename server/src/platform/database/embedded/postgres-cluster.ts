import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationError } from '../../errors.ts'
import type { Log } from '../../logging/log.ts'
import type { PostgresAccount } from './postgres-account.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

export type Cluster = Readonly<{
  home: string
  dataDir: string
  binaries: PostgresBinaries
  account: PostgresAccount
  log: Pick<Log, 'info' | 'warn' | 'error'>
}>

/**
 * Ensures that the data directory exists and is complete, and returns the password of its users. A new one is created
 * in a temporary directory and renamed when complete, so an interrupted start leaves nothing partial.
 *
 * @throws ConfigurationError when something else occupies the path, or it belongs to another PostgreSQL version
 */
export async function prepareCluster(cluster: Cluster, initdbFlags: readonly string[]): Promise<{ password: string }> {
  await removeLeftovers(cluster)
  const state = await inspect(cluster)
  const stored = await readPassword(cluster.home)
  if (state === 'complete') {
    if (stored !== null) return { password: stored }
    const password = await newPassword(cluster.home)
    cluster.log.warn({}, 'the password file of the embedded database was missing; a new password was set')
    await resetPassword(cluster, password)
    return { password }
  }
  const password = stored ?? (await newPassword(cluster.home))
  await initialize(cluster, password, initdbFlags)
  return { password }
}

async function inspect({ dataDir, binaries }: Cluster): Promise<'absent' | 'complete'> {
  const entries = await readdir(dataDir).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new ConfigurationError(`${dataDir} can't be read. Does it belong to another user?`, { cause: error })
  })
  if (entries.length === 0) return 'absent'

  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  const control = await readFile(join(dataDir, 'global', 'pg_control')).catch(() => null)
  if (version === '' || control === null || control.length === 0) {
    throw new ConfigurationError(
      `${dataDir} is not a complete PostgreSQL data directory. Restore it from a backup, or move it away to start with an empty database.`,
    )
  }
  const { stdout } = await run(binaries.postgres, ['--version'])
  const own = /(\d+)\./.exec(stdout)?.[1] ?? /(\d+)/.exec(stdout)?.[1] ?? ''
  if (version !== own) {
    throw new ConfigurationError(
      `${dataDir} was created by PostgreSQL ${version}, and this ChurchHub includes ${own}. Dump it with the version that created it and load it here, or go back to that version.`,
    )
  }
  return 'complete'
}

async function initialize(cluster: Cluster, password: string, flags: readonly string[]): Promise<void> {
  const { home, dataDir, binaries, account, log } = cluster
  log.info({}, 'creating the embedded database')
  const unfinished = join(home, `${unfinishedPrefix}${process.pid}`)
  const passwordFile = `${unfinished}.password`
  try {
    await mkdir(unfinished, { mode: 0o700 })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (account.owner !== null) {
      const { uid, gid } = account.owner
      await Promise.all([chown(unfinished, uid, gid), chown(passwordFile, uid, gid)])
    }
    const { file, args, ...options } = account.command(binaries.initdb, [
      `--pgdata=${unfinished}`,
      `--pwfile=${passwordFile}`,
      `--username=${superuser}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same collation on every machine, whatever its locales.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...flags,
    ])
    await run(file, args, { ...options, cwd: home })
    // The target may be an empty directory; rmdir removes no other.
    await rmdir(dataDir).catch(() => undefined)
    await rename(unfinished, dataDir)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw new ConfigurationError(`The embedded database could not be created in ${home}: ${lastLine(error)}`, {
      cause: error,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** The superuser of the embedded server. ChurchHub never connects as it, because a REVOKE doesn't bind a superuser. */
export const superuser = 'postgres'

const unfinishedPrefix = 'postgres.unfinished-'

/** Leftovers of an interrupted first start. The home is locked, so no other process uses them. */
async function removeLeftovers({ home }: Cluster): Promise<void> {
  const leftovers = (await readdir(home)).filter((name) => name.startsWith(unfinishedPrefix))
  await Promise.all(leftovers.map((name) => rm(join(home, name), { recursive: true, force: true, maxRetries: 3 })))
}

async function readPassword(home: string): Promise<string | null> {
  const text = await readFile(join(home, 'postgres-password'), 'utf8').catch(() => '')
  return text.trim() === '' ? null : text.trim()
}

async function newPassword(home: string): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const path = join(home, 'postgres-password')
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600, flush: true })
  await chmod(`${path}.new`, 0o600)
  await rename(`${path}.new`, path)
  return password
}

/** PostgreSQL in single-user mode needs no password: file access is already full control. */
async function resetPassword({ binaries, account, dataDir }: Cluster, password: string): Promise<void> {
  const { file, args, ...options } = account.command(binaries.postgres, ['--single', '-D', dataDir, 'postgres'])
  const single = spawn(file, args, { ...options, cwd: dataDir, stdio: ['pipe', 'ignore', 'ignore'] })
  // The password is base64url, so it can't end the literal.
  single.stdin.end(`ALTER ROLE ${superuser} PASSWORD '${password}'\n`)
  const code = await new Promise((resolve) => single.once('close', resolve).once('error', () => resolve('error')))
  if (code !== 0)
    throw new ConfigurationError(`The password of the embedded database in ${dataDir} could not be reset.`)
}

/** The last line a program wrote to standard error; PostgreSQL's programs put the reason there. */
function lastLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  const lines = stderr.split('\n').filter((line) => /error|fatal|could not/i.test(line))
  return lines[0]?.trim() ?? (error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown reason')
}
