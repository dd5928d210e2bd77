import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const directory = dirname(import.meta.dirname)
const lockSchema = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })

/**
 * Installs the packages that only the benchmarks need into server/bench/node_modules, unless they are there. The
 * product's own dependencies stay unchanged.
 *
 * @throws Error with npm's message if that fails
 */
export async function installBenchPackages(): Promise<void> {
  if (isInstalled()) return
  console.log('Installing what the benchmarks need …')
  const [file, args] = npm('ci', `--prefix=${directory}`, '--no-audit', '--no-fund', '--loglevel=error')
  const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('Installing server/bench failed: see npm’s output above.')
}

/** npm writes its own lockfile last, so if it matches, everything is installed. */
function isInstalled(): boolean {
  const record = join(directory, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const required = packagesIn(join(directory, 'package-lock.json'))
  const installed = packagesIn(record)
  return [...required].every(([path, version]) => path === '' || installed.get(path) === version)
}

function packagesIn(path: string): Map<string, string | undefined> {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  return new Map(Object.entries(packages).map(([name, { version }]) => [name, version]))
}

/** The npm that runs this process, with its own Node, if there is one. */
function npm(...args: string[]): [string, string[]] {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script?.endsWith('npm-cli.js') && node !== undefined) return [node, [script, ...args]]
  return ['npm', args]
}
