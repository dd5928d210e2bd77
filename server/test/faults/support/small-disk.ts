import { execFile } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type SmallDisk = Readonly<{
  directory: string
  /** Writes until the file system is full. Repeats, because PostgreSQL occasionally frees space. */
  fill(): Promise<void>
  /** Frees what `fill` took. */
  free(): Promise<void>
  remove(): Promise<void>
}>

/** Mounts an in-memory file system of this many megabytes. Null if this process may not mount one. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const directory = await mkdtemp(join(tmpdir(), 'churchhub-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'churchhub-faults', directory])
  } catch {
    await rm(directory, { recursive: true })
    return null
  }
  const filler = join(directory, 'filler')
  return {
    directory,
    async fill() {
      const file = await open(filler, 'a')
      try {
        // The last bytes too: PostgreSQL writes pages of 8 KB.
        for (const size of [1_048_576, 4_096]) await writeUntilFull(() => file.write(Buffer.alloc(size)))
      } finally {
        await file.close()
      }
    },
    free: () => rm(filler, { force: true }),
    async remove() {
      // A process that is about to exit may still have a file open on it.
      await run('umount', ['--lazy', directory])
      await rm(directory, { recursive: true })
    },
  }
}

async function writeUntilFull(write: () => Promise<unknown>): Promise<void> {
  try {
    for (;;) await write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
