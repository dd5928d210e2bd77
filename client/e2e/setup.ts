import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'
import { chromiumPath } from './browser.ts'
import { createEmptyHome } from './church.ts'

let home: string | undefined

/** Builds the client that the servers serve, as a stale build would test nothing, and the database that they start from. */
export async function setup(project: TestProject): Promise<void> {
  if (chromiumPath === null) return
  await build({ root: join(import.meta.dirname, '..'), logLevel: 'error' })
  home = await createEmptyHome()
  project.provide('emptyHome', home)
}

export async function teardown(): Promise<void> {
  if (home !== undefined) await rm(home, { recursive: true, force: true })
}
