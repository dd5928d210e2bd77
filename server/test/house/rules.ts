import { basename } from 'node:path'
import { isGenerated, type Module } from './modules.ts'
import { placeOf } from './rooms.ts'

const longestFile = 300

/** One line for each ring of imports, by its shortest way round from its first file. Types count: a ring of them is as hard to read. */
export function rings(modules: readonly Module[]): string[] {
  const nexts = new Map(modules.map(({ path, imports }) => [path, imports.flatMap((entry) => entry.path ?? [])]))
  const found = new Map<string, string>()
  for (const path of nexts.keys()) {
    const ring = shortestRing(path, nexts)
    const members = [...(ring ?? [])].sort().join()
    if (ring !== null && !found.has(members)) found.set(members, [...ring, path].join(' → '))
  }
  return [...found.values()]
}

function shortestRing(start: string, nexts: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string | null>([[start, null]])
  // A Map is walked in the order of insertion, also what is inserted on the way: a breadth-first search.
  for (const path of cameFrom.keys()) {
    for (const next of nexts.get(path) ?? []) {
      if (next === start) return wayTo(path, cameFrom)
      if (!cameFrom.has(next)) cameFrom.set(next, path)
    }
  }
  return null
}

function wayTo(path: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const before = cameFrom.get(path) ?? null
  return before === null ? [path] : [...wayTo(before, cameFrom), path]
}

/** One line for each `import(…)` that the walk can't follow. */
export function computedImports(modules: readonly Module[]): string[] {
  return modules
    .filter((module) => module.computedImports > 0)
    .map(({ path }) => `${path} imports by a computed name, which hides where it leads`)
}

/** One line for each file whose name isn't in kebab-case, with dots between its parts. */
export function badNames(paths: readonly string[]): string[] {
  return paths
    .filter((path) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(path)))
    .map((path) => `${path} is not in kebab-case`)
}

/** One line for each verb that exports anything but the one function its file is named after (types aside). */
export function misnamedVerbs(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => placeOf(path)?.room === 'verb')
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

/** One line for each cast that takes the compiler's word away without saying why. */
export function baldCasts(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path }) => placeOf(path)?.room !== 'test')
    .flatMap(({ path, unexplainedCasts }) => unexplainedCasts.map((line) => `${path}:${line} casts without a reason`))
}

/** One line for each file that is too long to hold one idea. */
export function longFiles(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, lines }) => lines > longestFile && placeOf(path)?.room !== 'test' && !isGenerated(path))
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${longestFile}`)
}

/** One line for each test that has no file beside it to test. */
export function strayTests(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths
    .filter((path) => /^(server|client)\/src\/.*\.test\.tsx?$/.test(path))
    .filter((path) => ['.ts', '.tsx'].every((ending) => !all.has(path.replace(/\.test\.tsx?$/, ending))))
    .map((path) => `${path} stands beside no file that it tests`)
}

/** One line for each word of the parish in `platform`, which could ship in another product. */
export function parishWords(modules: readonly Module[], words: readonly string[]): string[] {
  return modules
    .filter(({ path }) => placeOf(path)?.room === 'platform')
    .flatMap((module) =>
      words
        .filter((word) => module.names.has(word) || module.texts.has(word))
        .map((word) => `${module.path} names a ${word}`),
    )
}

const waysToTheVault = ['server/src/core/vault/', 'server/src/core/audit/open-audited.ts']

/**
 * The files outside core that seal or open, in order: by importing the vault or what opens for them, or by naming a vault that
 * they are given. Composition makes the vault and hands it on.
 */
export function vaultUsers(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, imports, names }) => {
      const place = placeOf(path)
      if (place === null || !/^server\/src\/(features|graphql|platform)\//.test(path) || place.room === 'test')
        return false
      const isImporter = imports.some((entry) => waysToTheVault.some((way) => entry.path?.startsWith(way)))
      return isImporter || names.has('vault')
    })
    .map(({ path }) => path)
    .sort()
}
