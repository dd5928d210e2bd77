import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const urlOf = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

function run(lastLine: string): { status: number | null; stdout: string; stderr: string } {
  const program = `
    import { createLog } from ${urlOf('./log.ts')}
    import { endOnUncaughtErrors } from ${urlOf('./uncaught.ts')}
    endOnUncaughtErrors(createLog({ level: 'info' }))
    setTimeout(() => undefined, 60_000)
    ${lastLine}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
}

// Fails without the listener: Node prints the message and the source line.
test.each([
  ['an error', `setTimeout(() => JSON.parse('canary'))`],
  ['a rejection', `setTimeout(async () => JSON.parse('canary'))`],
])('%s that nobody handles ends the process and is logged without what it quotes', (_name, lastLine) => {
  const { status, stdout, stderr } = run(lastLine)
  expect(status).toBe(1)
  expect(stderr).toBe('')
  const line: unknown = JSON.parse(stdout)
  expect(line).toMatchObject({ level: 'fatal', msg: 'uncaught error: the process ends', err: { name: 'SyntaxError' } })
  expect(stdout).not.toContain('canary')
})
