import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { appendLine } from '../../../platform/append-line.ts'

/** The newest seal at some time, as written outside the database. */
export type Head = Readonly<{ number: number; digest: string; mac: string; sealedAt: string }>

// A line is about 250 bytes, so this contains the last complete one.
const tailBytes = 4_096

/**
 * Appends a head to a JSON lines file and returns once it is flushed to disk. Only the owner can read the file, and it
 * is only ever appended to, so the operating system can enforce append-only.
 */
export async function appendHead(path: string, { number, digest, mac, sealedAt }: Head): Promise<void> {
  await appendLine(path, JSON.stringify({ number, digest, mac, sealedAt }))
}

/** The last head in the file, or null if there is no file or no head. */
export async function readLastHead(path: string): Promise<Head | null> {
  const file = await openToRead(path)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, Math.max(0, size - tailBytes))
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n')
    return lines.map(headIn).findLast((head) => head !== null) ?? null
  } finally {
    await file.close()
  }
}

/**
 * The heads in a file, line by line; none if there is no file. Lines without a head are skipped, so a copy of the
 * server's log works too.
 */
export async function* readHeads(path: string): AsyncGenerator<Head> {
  const file = await openToRead(path)
  if (file === null) return
  for await (const line of createInterface({
    input: createReadStream('', { fd: file }),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const head = headIn(line)
    if (head !== null) yield head
  }
}

/** The head in a line of JSON, or in a line of the server's log. */
function headIn(line: string): Head | null {
  if (!line.includes('"digest"')) return null
  try {
    const { number, digest, mac, sealedAt }: Record<string, unknown> = JSON.parse(line)
    if (typeof number !== 'number' || typeof digest !== 'string' || typeof mac !== 'string') return null
    return { number, digest, mac, sealedAt: String(sealedAt) }
  } catch {
    return null
  }
}

async function openToRead(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
