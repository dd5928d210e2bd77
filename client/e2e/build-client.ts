import { join } from 'node:path'
import { build } from 'vite'
import { chromiumPath } from './browser.ts'

/** Builds what the server is to serve: a test that passes on yesterday's build says nothing. */
export async function setup(): Promise<void> {
  if (chromiumPath === null) return
  await build({ root: join(import.meta.dirname, '..'), logLevel: 'error' })
}
