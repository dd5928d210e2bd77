import { basename, dirname } from 'node:path'
import { isFamily, locationOf } from './layers.ts'
import { isGenerated, type Module } from './modules.ts'

const maxLines = 300
const maxFilesInFolder = 24

/** A graph of imports: a file, a folder or a feature, and what it imports. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** One line for each cycle of imports between files, by its shortest path. Type imports count: they are as hard to read. */
export function fileCycles(modules: readonly Module[]): string[] {
  return cyclesOf(graphOf(modules, (path) => path))
}

/** One line for each cycle of imports between folders of the server. A folder and its sub-folder are two folders. */
export function folderCycles(modules: readonly Module[]): string[] {
  return cyclesOf(graphOf(modules, (path) => (path.startsWith('server/src/') ? dirname(path) : null)))
}

/** One line for each cycle of imports between features: they depend on each other in one direction. */
export function featureCycles(modules: readonly Module[]): string[] {
  return cyclesOf(graphOf(modules, (path) => /^server\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null))
}

function graphOf(modules: readonly Module[], nodeOf: (path: string) => string | null): Graph {
  const graph = new Map<string, Set<string>>()
  for (const { path, imports } of modules) {
    const from = nodeOf(path)
    if (from === null || locationOf(path)?.layer === 'test') continue
    const targets = graph.get(from) ?? new Set()
    graph.set(from, targets)
    for (const entry of imports) {
      const to = entry.path === null ? null : nodeOf(entry.path)
      if (to !== null && (to !== from || entry.path === path)) targets.add(to)
    }
  }
  return graph
}

function cyclesOf(graph: Graph): string[] {
  const found = new Map<string, string>()
  for (const node of graph.keys()) {
    const cycle = shortestCycle(node, graph)
    const members = [...(cycle ?? [])].sort().join()
    if (cycle !== null && !found.has(members)) found.set(members, [...cycle, node].join(' → '))
  }
  return [...found.values()]
}

function shortestCycle(start: string, graph: Graph): string[] | null {
  const predecessors = new Map<string, string | null>([[start, null]])
  // A Map is iterated in insertion order, including what is inserted meanwhile: a breadth-first search.
  for (const node of predecessors.keys()) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return pathTo(node, predecessors)
      if (!predecessors.has(next)) predecessors.set(next, node)
    }
  }
  return null
}

function pathTo(node: string, predecessors: ReadonlyMap<string, string | null>): string[] {
  const before = predecessors.get(node) ?? null
  return before === null ? [node] : [...pathTo(before, predecessors), node]
}

/** One line for each folder with more files than a reader can take in. Tests, fixtures and generated files don't count. */
export function largeFolders(modules: readonly Module[]): string[] {
  const sizes = new Map<string, number>()
  for (const { path } of modules) {
    if (/\.test\.tsx?$/.test(path) || isGenerated(path)) continue
    sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1)
  }
  return [...sizes]
    .filter(([, size]) => size > maxFilesInFolder)
    .map(([folder, size]) => `${folder} has ${size} files, more than ${maxFilesInFolder}`)
}

/** One line for computed `import(…)`, which can't be followed. */
export function computedImports(modules: readonly Module[]): string[] {
  return modules.filter((module) => module.computedImports > 0).map(({ path }) => `${path} has a computed import`)
}

/** One line for each file whose name isn't in kebab-case, with dots between its parts. */
export function badNames(paths: readonly string[]): string[] {
  return paths
    .filter((path) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(path)))
    .map((path) => `${path} is not in kebab-case`)
}

/** One line for each use case that exports anything but the one function its file is named after (types aside). Families may. */
export function misnamedUseCases(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => locationOf(path)?.layer === 'use case' && !isFamily(path))
    .flatMap(({ path, exports }) => {
      const name = basename(path, '.ts').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return exports.length === 1 && exports[0] === name
        ? []
        : [`${path} should export ${name} and nothing else, and exports ${exports.join(', ') || 'nothing'}`]
    })
}

/** One line for each default export. A tool's configuration is the one thing that needs them. */
export function defaultExports(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, exports }) => exports.includes('default') && !/\.config\.ts$/.test(path))
    .map(({ path }) => `${path} has a default export`)
}

/** One line for each file that only passes on what others export. */
export function barrels(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, exports }) => exports.includes('*') || /\/index\.tsx?$/.test(path))
    .map(({ path }) => `${path} is a barrel`)
}

/** One line for each cast without a reason. */
export function unexplainedCasts(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => locationOf(path)?.layer !== 'test')
    .flatMap(({ path, unexplainedCasts }) => unexplainedCasts.map((line) => `${path}:${line} casts without a reason`))
}

/** One line for each file that is too long to hold one idea. */
export function longFiles(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, lines }) => lines > maxLines && locationOf(path)?.layer !== 'test' && !isGenerated(path))
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${maxLines}`)
}

/** One line for each test without the file that it tests beside it. */
export function orphanTests(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths
    .filter((path) => /^(server|client)\/src\/.*\.test\.tsx?$/.test(path))
    .filter((path) => ['.ts', '.tsx'].every((ending) => !all.has(path.replace(/\.test\.tsx?$/, ending))))
    .map((path) => `${path} has no file beside it to test`)
}

/** One line for each domain term in `platform`, which could ship in another product. */
export function domainTerms(modules: readonly Module[], words: readonly string[]): string[] {
  return modules
    .filter(({ path }) => locationOf(path)?.layer === 'platform')
    .flatMap((module) =>
      words
        .filter((word) => module.names.has(word) || module.texts.has(word))
        .map((word) => `${module.path} names a ${word}`),
    )
}

const planner = 'server/src/graphql/planner/'

/** One line for each import that reaches into the planner past its facade. What fields declare to it, `graphql/schema` may import. */
export function importsPastPlannerFacade(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => !path.startsWith(planner) && locationOf(path)?.layer !== 'test')
    .flatMap(({ path, imports }) => {
      const allowed = [`${planner}planner.ts`]
      if (path.startsWith('server/src/graphql/schema/')) allowed.push(`${planner}declarations.ts`)
      return imports
        .filter((entry) => entry.path?.startsWith(planner) && !allowed.includes(entry.path))
        .map((entry) => `${path} imports ${entry.path}`)
    })
}

const vaultModules = ['server/src/core/vault/', 'server/src/core/audit/read/open-audited.ts']

/**
 * The files outside core that encrypt or decrypt, sorted: those that import the vault or its audited reader, or name a vault that
 * they are given. Composition creates the vault and passes it on.
 */
export function vaultUsers(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, imports, names }) => {
      const location = locationOf(path)
      if (location === null || !/^server\/src\/(features|graphql|platform)\//.test(path) || location.layer === 'test')
        return false
      const isImporter = imports.some((entry) => vaultModules.some((module) => entry.path?.startsWith(module)))
      return isImporter || names.has('vault')
    })
    .map(({ path }) => path)
    .sort()
}
