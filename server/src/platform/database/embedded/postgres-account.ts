import { execFile } from 'node:child_process'
import { access, chmod, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationError } from '../../errors.ts'

const run = promisify(execFile)

/**
 * The account PostgreSQL runs under: how to start its programs, and who must own its files (null: the current user).
 */
export type PostgresAccount = Readonly<{
  owner: Readonly<{ uid: number; gid: number }> | null
  command(
    program: string,
    args: readonly string[],
  ): Readonly<{ file: string; args: string[]; uid?: number; gid?: number }>
}>

/**
 * PostgreSQL refuses to run as root. Any other user runs it as themselves; root runs it as the owner of the data
 * directory if it exists, else as the user `postgres`, which is created if missing.
 *
 * @throws ConfigurationError when root has no such user, or the user can't reach the data directory or the programs
 */
export async function choosePostgresAccount(options: {
  home: string
  dataDir: string
  program: string
}): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { owner: null, command: (program, args) => ({ file: program, args: [...args] }) }

  const owner = (await ownerOf(options.dataDir)) ?? (await postgresUser())
  // Let others pass through the home without listing it; everything secret in it has mode 0600.
  const { mode } = await stat(options.home)
  await chmod(options.home, mode | 0o011)

  const unreachable =
    (await findUnreachableParent(options.home, owner)) ?? (await findUnreachableParent(options.program, owner))
  if (unreachable === null) return { owner, command: (program, args) => ({ file: program, args: [...args], ...owner }) }

  const setpriv = await findSetpriv()
  if (setpriv === null) {
    throw new ConfigurationError(
      `PostgreSQL can't run as root, and its user ${owner.uid} can't enter ${unreachable}. Start ChurchHub as a normal user, or move it to a directory that others may enter.`,
    )
  }
  return {
    owner,
    command: (program, args) => ({ file: setpriv, args: [...bypassDirectoryPermissions(owner), program, ...args] }),
  }
}

/**
 * A directory only root may enter (such as one made by mktemp -d) locks PostgreSQL out of its own files. Grant it the
 * one capability that bypasses the check; the user ID, which PostgreSQL verifies, stays unprivileged.
 */
function bypassDirectoryPermissions({ uid, gid }: { uid: number; gid: number }): string[] {
  const capability = '-all,+dac_override'
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
    '--',
  ]
}

async function findSetpriv(): Promise<string | null> {
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv', '/sbin/setpriv']) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}

async function ownerOf(dataDir: string): Promise<{ uid: number; gid: number } | null> {
  const found = await stat(dataDir).catch(() => null)
  return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid }
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const known = await idsOf('postgres')
  if (known !== null) return known
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined)
  const created = await idsOf('postgres')
  if (created !== null) return created
  throw new ConfigurationError(
    'PostgreSQL can\'t run as root, and a user "postgres" could not be created. Start ChurchHub as a normal user, or set DATABASE_URL.',
  )
}

async function idsOf(userName: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', userName]), run('id', ['-g', userName])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

/** The nearest directory at or above the path that these IDs can't enter, or null. */
async function findUnreachableParent(path: string, { uid, gid }: { uid: number; gid: number }): Promise<string | null> {
  for (let directory = path; ; directory = dirname(directory)) {
    const found = await stat(directory)
    if ((found.mode & executeBitFor(found, { uid, gid })) === 0) return directory
    if (directory === dirname(directory)) return null
  }
}

/** The bit of a directory's mode that lets these IDs enter it. */
function executeBitFor(found: { uid: number; gid: number }, { uid, gid }: { uid: number; gid: number }): number {
  if (found.uid === uid) return 0o100
  return found.gid === gid ? 0o010 : 0o001
}
