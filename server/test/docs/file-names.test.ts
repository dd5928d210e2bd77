import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../src/platform/config/env.ts'

const files = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' }).trim().split('\n')
const pages = files.filter((path) => path.endsWith('.md'))

/** Files written by the server or npm, which aren't part of the repository. */
const written = ['secrets.json', 'access-state.json']

const mentions = (page: string) => [
  ...readFileSync(join(projectRoot, page), 'utf8').matchAll(/`([\w./-]+\.(?:ts|tsx|mjs|json|graphql|md))`/g),
]

describe('documents name files that exist', () => {
  it.each(pages)('%s', (page) => {
    const missing = mentions(page)
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('.') && !written.includes(name))
      .filter((name) => !files.some((path) => `/${path}`.endsWith(`/${name}`)))
    expect(missing).toEqual([])
  })
})
