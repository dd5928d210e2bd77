import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ConfigurationError } from '../../platform/errors.ts'

const seenFormat = z.strictObject({
  /** The current epoch and all earlier ones. */
  epoch: z.string(),
  pastEpochs: z.array(z.string()),
  /** This node's newest checkpoint in the database. */
  counter: z.number().int().nonnegative(),
  marker: z.string(),
  /** Whether the audit log's baseline is recorded in this database. */
  hasBaseline: z.boolean(),
})

const stateFormat = z.strictObject({ nodeId: z.uuid(), databases: z.record(z.uuid(), seenFormat) })

/** What a node has seen of one database. */
export type SeenDatabase = z.output<typeof seenFormat>

/** A node's state outside the database, by database ID. */
export type AccessState = z.output<typeof stateFormat>

/** The file in CHURCHHUB_HOME. */
export const accessStateFileName = 'access-state.json'

/**
 * Reads this node's state, or returns an empty one if there is no file.
 *
 * @throws ConfigurationError if the file is damaged: a new one would have forgotten which epochs are over
 */
export async function readAccessState(home: string): Promise<AccessState> {
  const path = join(home, accessStateFileName)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new ConfigurationError(`${path} can't be read. Check its owner.`, { cause: error })
  })
  if (text === null) return { nodeId: randomUUID(), databases: {} }
  const parsed = stateFormat.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new ConfigurationError(
    `${path} is damaged. If the database was restored from a backup, run npm run restore:confirm. Then delete the file.`,
  )
}

/** Writes the state to a temporary file, flushes and renames it, so a reader never sees a partial file. */
export async function writeAccessState(home: string, state: AccessState): Promise<void> {
  const path = join(home, accessStateFileName)
  const draft = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(state, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
