import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { headFileName } from './head-file-name.ts'

/** The file that a path of AUDIT_WITNESS names: itself, or a file of the usual name in the directory that it is. */
export async function witnessFileOf(path: string): Promise<string> {
  if (path.endsWith('/')) return join(path, headFileName)
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() ? join(path, headFileName) : path
}
