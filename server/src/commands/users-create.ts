import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { createPasswordStrength } from '../core/access/password-strength.ts'
import { createPasswords } from '../core/access/passwords.ts'
import { createIdentities, type Identities } from '../core/audit/identity.ts'
import { migrateChecked } from '../core/keys/migrate-checked.ts'
import { recordRewrapped } from '../core/keys/record-rewrapped.ts'
import { openVault } from '../core/vault/vault.ts'
import { createUser } from '../features/users/admin/create-user.ts'
import { UserTakenError } from '../features/users/errors.ts'
import { checkNewPassword } from '../features/users/links/check-new-password.ts'
import { type NewUser, newUserFormat, userProfileFormat } from '../features/users/model.ts'
import { systemClock } from '../platform/clock.ts'
import { createSemaphore } from '../platform/concurrency/semaphore.ts'
import { type Env, readEnv, withDotEnv } from '../platform/config/env.ts'
import { createDatabase, type Database } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { BadUserInputError, ChurchHubError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { createLog } from '../platform/logging/log.ts'
import { promptHidden, readStandardInput } from '../platform/terminal.ts'

const USAGE = `Creates a user who can sign in.

  npm run users:create -- --email ADDRESS --name NAME --church NAME --role pastor --cal-username USERNAME
  npm run users:create -- --email ADDRESS --name NAME --church NAME --role admin

  --email            the address to sign in with
  --name             the user's name
  --church           the user's church
  --role             pastor or admin; default pastor
  --cal-username     the username in Cal.com; required for a pastor
  --cal-user-id      the user ID in Cal.com, if known
  --scheduling-link  the booking page; default https://cal.com/USERNAME
  --password-stdin   read the password from standard input

Without --password-stdin, the command prompts for a password. If it is left empty, or without a terminal, one is
generated and shown once.
`

/** The command line's fields, except the password. */
export type UserFlags = Readonly<{ profile: Omit<NewUser, 'password'>; passwordFromStdin: boolean }>

/** The password, and whether it was generated. */
export type PasswordSource = Readonly<{ password: string; isMade: boolean }>

/** The command line is invalid. The message is one line that names the flag. */
export class UsageError extends Error {}

const flagOf: Readonly<Record<string, string>> = {
  email: '--email',
  name: '--name',
  churchName: '--church',
  role: '--role',
  calUserId: '--cal-user-id',
  schedulingUsername: '--cal-username',
  schedulingLink: '--scheduling-link',
  password: 'The password',
}

/** Parses the flags. Throws UsageError naming each missing or invalid flag. */
export function readUserFlags(args: readonly string[]): UserFlags {
  const flags = parseFlags(args)
  const role = flags.role ?? 'pastor'
  const username = flags['cal-username']
  const required = { '--email': flags.email, '--name': flags.name, '--church': flags.church }
  const missing = Object.entries(role === 'pastor' ? { ...required, '--cal-username': username } : required)
    .filter(([, value]) => value === undefined)
    .map(([flag]) => flag)
  if (missing.length > 0) throw new UsageError(`Missing: ${missing.join(', ')}.`)
  // The columns must be unique. No Cal.com user has a new UUID as username, so this matches no booking.
  const placeholderUserId = `none:${newId()}`
  return {
    profile: checked(userProfileFormat, {
      email: flags.email,
      name: flags.name,
      churchName: flags.church,
      role,
      calUserId: flags['cal-user-id'] ?? placeholderUserId,
      schedulingUsername: username ?? placeholderUserId,
      schedulingLink: flags['scheduling-link'] ?? (username === undefined ? '' : `https://cal.com/${username}`),
    }),
    passwordFromStdin: flags['password-stdin'] ?? false,
  }
}

/** Creates the user and reports it on `write`, with the generated password, which is shown only once. */
export async function createUserFromFlags(
  database: Database,
  identities: Identities,
  { profile }: UserFlags,
  { password, isMade }: PasswordSource,
  write: (text: string) => void,
): Promise<void> {
  const deps = {
    database,
    clock: systemClock,
    newId,
    identities,
    passwords: createPasswords(createSemaphore({ maxConcurrent: 1, maxQueued: 0 })),
  }
  const newUser = checked(newUserFormat, { ...profile, password })
  if (!isMade) await checkStrength(newUser)
  const { userId } = await createUser(deps, { by: 'command', userId: null, origin: null }, newUser).catch(
    rethrowWithFlag,
  )
  write(`Made the ${profile.role} ${profile.email} (id ${userId}).\n`)
  if (isMade) write(`Password, shown this once: ${password}\n`)
}

/** @throws UsageError saying what is wrong with the password, never what it is */
async function checkStrength(newUser: NewUser & Readonly<{ password: string }>): Promise<void> {
  const passwordStrength = createPasswordStrength()
  try {
    await checkNewPassword({ passwordStrength }, newUser, newUser.password)
  } catch (error) {
    if (error instanceof BadUserInputError) throw new UsageError(error.message.replace('newPassword', 'The password'))
    throw error
  } finally {
    await passwordStrength.close()
  }
}

function parseFlags(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        email: text,
        name: text,
        church: text,
        role: text,
        'cal-username': text,
        'cal-user-id': text,
        'scheduling-link': text,
        'password-stdin': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'Invalid options. See --help.')
  }
}

function checked<T>(format: z.ZodType<T>, input: unknown): T {
  const parsed = format.safeParse(input)
  if (parsed.success) return parsed.data
  throw new UsageError(
    parsed.error.issues.map((issue) => `${flagOf[String(issue.path[0])] ?? 'It'} ${issue.message}.`).join(' '),
  )
}

function rethrowWithFlag(error: unknown): never {
  if (!(error instanceof UserTakenError)) throw error
  throw new UsageError(`Another user already has this ${flagOf[error.field] ?? error.field}. Nothing was created.`)
}

async function readPassword({ passwordFromStdin }: UserFlags): Promise<PasswordSource> {
  if (passwordFromStdin) return { password: await readStandardInput(), isMade: false }
  const asked = process.stdin.isTTY ? await promptHidden('Password (leave empty to generate one): ') : ''
  if (asked === null) throw new UsageError('Nothing was created.')
  if (asked === '') return { password: randomBytes(15).toString('base64url'), isMade: true }
  if ((await promptHidden('Repeat the password: ')) !== asked)
    throw new UsageError("The passwords don't match. Nothing was created.")
  return { password: asked, isMade: false }
}

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE)
    return
  }
  const flags = readUserFlags(args)
  const env = readEnv(withDotEnv(process.env))
  const source = await readPassword(flags)
  await withDatabase(env, (database, identities) =>
    createUserFromFlags(database, identities, flags, source, (text) => process.stdout.write(text)),
  )
}

async function withDatabase(
  env: Env,
  work: (database: Database, identities: Identities) => Promise<void>,
): Promise<void> {
  // Standard output is for the result; the log goes to standard error.
  const log = createLog({ level: 'warn', to: process.stderr })
  const directUrl = env.databaseDirectUrl
  const { url, release } =
    directUrl === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: directUrl.reveal(), release: async () => undefined }
  try {
    await migrateChecked({ url, log }, env)
    const { database, close } = createDatabase({ url, applicationName: 'churchhub users:create', maxConnections: 2 })
    const keys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
    const opened = openVault({ database, ...keys, clock: systemClock, onRewrapped: recordRewrapped })
    await opened.then((vault) => work(database, createIdentities(vault))).finally(close)
  } finally {
    await release()
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    // Errors for people are one line without a stack.
    const isForPeople = error instanceof UsageError || error instanceof ChurchHubError
    if (isForPeople) process.stderr.write(`${error.message}\n`)
    else console.error(error)
    process.exitCode = 1
  })
}
