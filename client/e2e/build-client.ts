import { join } from 'node:path'
import { build } from 'vite'
import { chromiumPath } from './browser.ts'

/** Builds the client that the server serves: a stale build would test nothing. */
export async function setup(): Promise<void> {
  if (chromiumPath === null) return
  await build({ root: join(import.meta.dirname, '..'), logLevel: 'error' })
}
