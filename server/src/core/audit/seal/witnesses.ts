import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { headFileName } from './head-file-name.ts'

/** The file for a path in AUDIT_WITNESS: the path itself, or the default file name if it is a directory. */
export async function witnessFileOf(path: string): Promise<string> {
  if (path.endsWith('/')) return join(path, headFileName)
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() ? join(path, headFileName) : path
}
