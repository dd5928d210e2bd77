import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

const lineEnd = 0x0a

/**
 * Appends a line to a file and returns once it is flushed to disk. Only the owner can read the file, and it is only
 * ever appended to, so the operating system can enforce append-only.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'a+', 0o600)
  try {
    // A crash may have left a partial last line; start a new one after it.
    const start = (await endsWithLine(file)) ? '' : '\n'
    await file.appendFile(`${start}${line}\n`)
    await file.datasync()
  } finally {
    await file.close()
  }
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === lineEnd
}
