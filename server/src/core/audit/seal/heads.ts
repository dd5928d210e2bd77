import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { appendLine } from '../../../platform/append-line.ts'

/** The newest seal at some time, as it is written outside the database. */
export type Head = Readonly<{ number: number; digest: string; mac: string; sealedAt: string }>

// A line is some 250 bytes, so the last whole one is in here.
const tailBytes = 4_096

/**
 * Appends a head to a file of JSON lines and waits until it is on the disk. The file is made readable by its owner only,
 * and is only ever appended to, so that it may be kept append-only by the operating system as well.
 */
export async function appendHead(path: string, { number, digest, mac, sealedAt }: Head): Promise<void> {
  await appendLine(path, JSON.stringify({ number, digest, mac, sealedAt }))
}

/** The last head in the file, or null where there is no file or nothing in it. */
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
 * The heads in a file, line by line; none where there is no such file. Lines that hold no head are passed over, so a
 * copy of the server's log does as well.
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

/** The head that a line of JSON holds, also where the server's log has it. */
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
