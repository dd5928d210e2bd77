import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { type Node, parseSync, Visitor } from 'oxc-parser'
import { projectRoot } from '../../src/platform/config/env.ts'

/** One import of a file: static, dynamic, re-export or the type `import('…')`. */
export type Import = Readonly<{
  /** A file's path from the project's root, or null for what isn't a file of the project. */
  path: string | null
  /** A package's name (`node:` modules under their own), or null for a file of the project. */
  package: string | null
  isType: boolean
}>

/** One source file as the rules see it. */
export type Module = Readonly<{
  /** From the project's root, with `/` between. */
  path: string
  lines: number
  imports: readonly Import[]
  /** The names of its exported values, `default` and `*` among them; types are left out. */
  exports: readonly string[]
  /** The number of `import(…)` calls without a literal specifier, which can't be followed. */
  computedImports: number
  /** The lines of `as` casts without a comment beside or above them. `as const` is not a cast. */
  unexplainedCasts: readonly number[]
  /** Each word of its identifiers, in lower case. */
  names: ReadonlySet<string>
  /** Each word of its strings, in lower case. Comments don't count. */
  texts: ReadonlySet<string>
}>

const skippedFolders = new Set(['node_modules', 'dist', 'migrations', 'test-results'])

/** Every file under the given folders, from the project's root, except generated code. */
export function filesUnder(folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(projectRoot, folder)))
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = `${folder}/${entry.name}`
        if (isGenerated(`${path}/`) || skippedFolders.has(entry.name)) return []
        return entry.isDirectory() ? filesUnder([path]) : [path]
      }),
    )
}

export function isGenerated(path: string): boolean {
  return path.startsWith('server/src/generated/') || path.startsWith('client/src/gql/')
}

/** Reads and parses a file of the project. Throws on a syntax error. */
export function readModule(path: string): Module {
  return parseModule(path, readFileSync(join(projectRoot, path), 'utf8'))
}

/** Extracts what the rules need from a source text, by its syntax tree. */
export function parseModule(path: string, source: string): Module {
  const { program, module, comments, errors } = parseSync(path, source)
  const [syntaxError] = errors
  if (syntaxError !== undefined) throw new Error(`${path}: ${syntaxError.message}`)

  const imports: Import[] = []
  const exports: string[] = []
  const names = new Set<string>()
  const texts = new Set<string>()
  const unexplainedCasts: number[] = []
  let computedImports = 0
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length
  const commented = new Set(comments.map(({ end }) => lineAt(end)))
  const add = (specifier: string, isType: boolean) => imports.push({ ...resolve(path, specifier), isType })

  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType))
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, exportName, isType } of entries) {
      if (moduleRequest !== null) add(moduleRequest.value, isType)
      if (!isType) exports.push(exportName.kind === 'Default' ? 'default' : (exportName.name ?? '*'))
    }
  }
  new Visitor({
    ImportExpression({ source: specifier }) {
      const text = textOf(specifier)
      if (text === null) computedImports += 1
      else add(text, false)
    },
    TSImportType: (node) => add(node.source.value, true),
    TSAsExpression({ end, typeAnnotation }) {
      if (source.slice(typeAnnotation.start, typeAnnotation.end) === 'const') return
      const line = lineAt(end)
      if (!commented.has(line) && !commented.has(line - 1)) unexplainedCasts.push(line)
    },
    Identifier: (node) => addWords(names, node.name),
    Literal: (node) => addWords(texts, typeof node.value === 'string' ? node.value : ''),
    TemplateElement: (node) => addWords(texts, node.value.raw),
  }).visit(program)

  return {
    path,
    lines: source.split('\n').length - 1,
    imports,
    exports,
    computedImports,
    unexplainedCasts,
    names,
    texts,
  }
}

function textOf(node: Node): string | null {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  return null
}

function resolve(from: string, specifier: string): Pick<Import, 'path' | 'package'> {
  // Vite's suffixes such as `?raw` load the same file in another form.
  if (specifier.startsWith('.')) {
    return { path: normalize(join(dirname(from), specifier.replace(/\?.*$/, ''))), package: null }
  }
  if (specifier.startsWith('node:')) return { path: null, package: specifier }
  const parts = specifier.split('/')
  return { path: null, package: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') }
}

// `bookingKeys`, `booking_keys` and "booking keys" are the same two words. The product's own name isn't a domain term.
function addWords(words: Set<string>, text: string): void {
  const spaced = text.replace(/church_?hub/gi, ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2')
  for (const word of spaced.toLowerCase().split(/[^a-z]+/)) words.add(word)
}
