import { parseArgs } from 'node:util'
import { readKeysStatus } from '../core/keys/key-status.ts'
import { recordRewrapped } from '../core/keys/record-rewrapped.ts'
import { openVault } from '../core/vault/vault.ts'
import { rotateKeys } from '../features/maintenance/rotate-keys.ts'
import { openJobQueue } from '../jobs.ts'
import { systemClock } from '../platform/clock.ts'
import { type Env, readEnv, withDotEnv } from '../platform/config/env.ts'
import { createDatabase, type Database } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { ConfigurationError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { createLog, type Log } from '../platform/logging/log.ts'
import { runCommand } from '../platform/run-command.ts'
import { nextRotationOf, statusLines } from './keys/status-lines.ts'

const USAGE = `Manages the encryption keys. Never prints a key.

  npm run keys:status             shows each data key and the number of values it encrypts
  npm run keys:status -- --json   the same as JSON
  npm run keys:rotate             creates a new data key; the workers re-encrypt all values with it
  npm run keys:rewrap             re-wraps data keys from ENCRYPTION_KEY_PREVIOUS to ENCRYPTION_KEY

Exit codes: 0 if all is well, 1 if something needs attention, 2 if the command failed. See docs/operations/keys.md
`

/** Counting scans every encrypted value. */
const timeoutMs = 600_000

type Deps = Readonly<{ database: Database; directUrl: string; env: Env; log: Log }>

const commands: Readonly<Record<string, (deps: Deps, isJson: boolean) => Promise<number>>> = { status, rotate, rewrap }

async function status({ database, env }: Deps, isJson: boolean): Promise<number> {
  const found = await database.$transaction(
    async (tx) => {
      // One snapshot for keys and values; otherwise a value re-encrypted meanwhile would look lost.
      await tx.$executeRaw`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`
      return readKeysStatus(tx, masterKeysOf(env))
    },
    { timeout: timeoutMs },
  )
  const { lines, isHealthy: isWell } = statusLines(found, new Date(), env.keyRotationSeconds)
  const forPrograms = { ...found, nextRotation: nextRotationOf(found, env.keyRotationSeconds), isWell }
  write(isJson ? JSON.stringify(forPrograms, null, 2) : lines.join('\n'))
  return isWell ? 0 : 1
}

async function rotate({ database, directUrl, env, log }: Deps): Promise<number> {
  const vault = await openVault({ database, ...masterKeysOf(env), clock: systemClock, onRewrapped: recordRewrapped })
  const queue = await openJobQueue({ url: directUrl, log, runsJobs: false, newId })
  try {
    const keyId = await rotateKeys({ database, vault, queue }, { olderThanSeconds: null })
    write(
      `Created the data key ${keyId?.keyId ?? ''}. The workers now re-encrypt all values with it: npm run keys:status`,
    )
    return 0
  } finally {
    await queue.stop()
  }
}

async function rewrap({ database, env }: Deps): Promise<number> {
  if (env.previousEncryptionKey === null) {
    throw new ConfigurationError(
      'Set ENCRYPTION_KEY to the new key and ENCRYPTION_KEY_PREVIOUS to the one that the database is encrypted with.',
    )
  }
  // Opening the vault rewraps the keys, as on every server start, in one transaction.
  const before = await keysByWrapper(database, env)
  await openVault({ database, ...masterKeysOf(env), clock: systemClock, onRewrapped: recordRewrapped })
  const after = await keysByWrapper(database, env)
  write(
    before.previous === 0
      ? `All ${after.current} data keys are under ENCRYPTION_KEY already.`
      : `Put ${before.previous} data keys under ENCRYPTION_KEY; all ${after.current} are now.`,
    'Start every server with it. When all of them run with it, remove ENCRYPTION_KEY_PREVIOUS and forget the old key.',
  )
  return 0
}

async function keysByWrapper(database: Database, env: Env): Promise<{ current: number; previous: number }> {
  const { keys } = await database.$transaction((tx) => readKeysStatus(tx, masterKeysOf(env)), { timeout: timeoutMs })
  const count = (wrapper: 'current' | 'previous') => keys.filter(({ wrappedBy }) => wrappedBy === wrapper).length
  return { current: count('current'), previous: count('previous') }
}

function masterKeysOf(env: Env) {
  return { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
}

function write(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function main(): Promise<number> {
  const { values: flags, positionals } = parseFlags()
  const command = commands[positionals[0] ?? '']
  if (flags.help || command === undefined || positionals.length > 1) {
    process.stdout.write(USAGE)
    return flags.help ? 0 : 2
  }
  const env = readEnv(withDotEnv(process.env))
  // Standard output is for the result; the log goes to standard error.
  const log = createLog({ level: 'warn', to: process.stderr })
  const directUrl = env.databaseDirectUrl
  const { url, release } =
    directUrl === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: directUrl.reveal(), release: async () => undefined }
  const options = { url, applicationName: 'churchhub keys', maxConnections: 2, statementTimeoutMs: timeoutMs }
  const { database, close } = createDatabase(options)
  try {
    await refuseNewDatabase(database)
    return await command({ database, directUrl: url, env, log }, flags.json ?? false)
  } finally {
    await close()
    await release()
  }
}

function parseFlags() {
  try {
    return parseArgs({
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : 'Invalid options. See --help.')
  }
}

async function refuseNewDatabase(database: Database): Promise<void> {
  const [found] = await database.$queryRaw<{ exists: boolean }[]>`
    SELECT to_regclass('public.data_keys') IS NOT NULL AS "exists"`
  if (found?.exists && (await database.dataKey.count()) > 0) return
  throw new ConfigurationError('This database has no data keys yet. The first start of the server creates one.')
}

if (import.meta.main) await runCommand(main, 2)
