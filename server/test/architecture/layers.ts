import type { Import, Module } from './modules.ts'

/** The layers of the project, one for each row of the dependency table in docs/architecture.md. */
type Layer =
  | 'composition'
  | 'graphql'
  | 'entry point'
  | 'use case'
  | 'outbound client'
  | 'reads'
  | 'model'
  | 'policy'
  | 'errors'
  | 'core'
  | 'platform'
  | 'generated'
  | 'client root'
  | 'client routes'
  | 'client features'
  | 'client ui'
  | 'client lib'
  | 'client gql'
  | 'test'

/** A file's layer and, within it, its feature (`bookings`) or its folder of core (`vault`), if it has one. */
export type Location = Readonly<{ path: string; layer: Layer; part: string | null }>

/** The nouns that features are named after, and the folders of core. */
const features =
  'users bookings forms summaries audit calendars ai policies jobs settings health webhooks tokens limits maintenance retention'.split(
    ' ',
  )
const coreFolders = 'access sessions tokens vault audit keys restore'.split(' ')

/** Families: use cases that are a few lines each and change together share a file. A new name here is a decision. */
const families = [
  'locks',
  'deliveries',
  'event-logs',
  'booking-rows',
  'signatures',
  'pending-deliveries',
  'form-responses',
]

/** Whether a file is a family, which exports several functions. */
export function isFamily(path: string): boolean {
  return families.some((name) => path.endsWith(`/${name}.ts`)) && layerOf(path) === 'use case'
}

/** The kinds of file that a feature has. `<idea>.` before a kind splits one that holds several ideas. */
const featureFiles: readonly (readonly [pattern: RegExp, layer: Layer])[] = [
  [/^([a-z-]+\.)?model\.ts$/, 'model'],
  [/^policy\.ts$/, 'policy'],
  [/^([a-z-]+\.)?reads\.ts$/, 'reads'],
  [/^([a-z-]+\.)?graphql\.ts$/, 'entry point'],
  [/^[a-z-]+\.webhook\.ts$/, 'entry point'],
  [/^[a-z]+(-[a-z]+)+\.job\.ts$/, 'entry point'],
  [/^[a-z-]+\.download\.ts$/, 'entry point'],
  [/^[a-z-]+\.client\.ts$/, 'outbound client'],
  [/^errors\.ts$/, 'errors'],
  [/^[a-z]+(-[a-z]+)+\.ts$/, 'use case'],
  [new RegExp(`^(${families.join('|')})\\.ts$`), 'use case'],
]

const compositionFiles =
  /^server\/src\/(main|bootstrap|app|schema|jobs)\.ts$|^server\/src\/commands\/([^/]+\/)?[^/]+\.ts$|^prisma\/([^/]+\/)?[^/]+\.ts$/

/** The layer and part of a file, or null for a file of no known kind. */
export function locationOf(path: string): Location | null {
  const layer = layerOf(path)
  if (layer === null) return null
  const [, part = null] = /^server\/src\/(?:features|core)\/([^/]+)\//.exec(path) ?? []
  return { path, layer, part }
}

function layerOf(path: string): Layer | null {
  if (/\.test\.tsx?$|^server\/(test|bench)\/|^client\/e2e\//.test(path)) return 'test'
  if (compositionFiles.test(path)) return 'composition'
  const [, feature, file] = /^server\/src\/features\/([^/]+)\/(?:[a-z-]+\/)?([^/]+)$/.exec(path) ?? []
  if (feature !== undefined && file !== undefined) {
    if (!features.includes(feature)) return null
    return featureFiles.find(([pattern]) => pattern.test(file))?.[1] ?? null
  }
  const [, folder] = /^server\/src\/core\/([^/]+)\/(?:[a-z-]+\/)?[^/]+$/.exec(path) ?? []
  if (folder !== undefined) return coreFolders.includes(folder) ? 'core' : null
  const [, serverLayer] = /^server\/src\/(graphql|platform|generated)\//.exec(path) ?? []
  if (serverLayer !== undefined) return serverLayer as Layer // the pattern names rooms only
  const [, clientLayer] = /^client\/src\/(routes|features|ui|lib|gql)\//.exec(path) ?? []
  if (clientLayer !== undefined) return `client ${clientLayer}` as Layer // the pattern names rooms only
  return /^client\/src\/[^/]+$/.test(path) ? 'client root' : null
}

type Rule = (to: Location, from: Location, isType: boolean) => boolean

const isOwn = (to: Location, from: Location) => to.part === from.part && to.path.startsWith('server/src/features/')
const isGraphqlModule = (to: Location) => /[/.]graphql\.ts$/.test(to.path)
const isAccess = (to: Location) => to.layer === 'core' && to.part === 'access'
const isDatabase = (to: Location) => to.path.startsWith('server/src/platform/database/')
const clientLayers = ['client lib', 'client ui', 'client features', 'client routes', 'client root']
const isBelow: Rule = (to, from) =>
  clientLayers.includes(to.layer) && clientLayers.indexOf(to.layer) <= clientLayers.indexOf(from.layer)

/** Pure modules of platform that a model may use. */
const purePlatform = ['server/src/platform/durations.ts', 'server/src/platform/time-zone.ts']

/** The dependency table of docs/architecture.md, row by row, for files of the project. */
const allowedImports: Readonly<Record<Layer, Rule>> = {
  composition: (to) => !to.layer.startsWith('client') && to.layer !== 'test',
  graphql: (to) => ['graphql', 'core', 'platform', 'generated'].includes(to.layer),
  // An entry point parses, calls and returns. It queries the database through its own feature.
  'entry point': (to, from, isType) =>
    isOwn(to, from) ||
    to.path.startsWith('server/src/graphql/schema/') ||
    (to.layer === 'entry point' && isGraphqlModule(to)) ||
    isAccess(to) ||
    (to.layer === 'platform' && (isType || to.path !== 'server/src/platform/database/client.ts')),
  'use case': (to, from) =>
    (isOwn(to, from) && to.layer !== 'entry point') ||
    ['model', 'reads', 'use case', 'core', 'platform'].includes(to.layer),
  'outbound client': (to, from) =>
    (isOwn(to, from) && ['model', 'policy', 'errors', 'outbound client'].includes(to.layer)) || to.layer === 'platform',
  reads: (to, from, isType) =>
    (isOwn(to, from) && (to.layer === 'model' || to.layer === 'reads')) || (isType && isAccess(to)) || isDatabase(to),
  model: (to, from, isType) => isPure(to, from) || (isType && isAccess(to)) || purePlatform.includes(to.path),
  policy: (to, from, isType) => isPure(to, from) || (isType && isAccess(to)),
  // Every error class extends ChurchHubError, with one of its codes.
  errors: (to, from, isType) =>
    isPure(to, from) || (isType && isAccess(to)) || to.path === 'server/src/platform/errors.ts',
  // In core only the audit log and key rotation use the vault. The vault imports nothing else.
  core: (to, from) =>
    to.layer === 'platform' ||
    (to.layer === 'core' &&
      (from.part === 'vault'
        ? to.part === 'vault'
        : to.part !== 'vault' || ['audit', 'keys'].includes(from.part ?? ''))),
  platform: (to) => to.layer === 'platform' || to.layer === 'generated',
  generated: () => true,
  'client root': isBelow,
  'client routes': isBelow,
  'client features': (to, from, isType) => isBelow(to, from, isType) || to.layer === 'client gql',
  'client ui': isBelow,
  'client lib': isBelow,
  'client gql': () => true,
  test: () => true,
}

function isPure(to: Location, from: Location): boolean {
  return isOwn(to, from) && ['model', 'policy', 'errors'].includes(to.layer)
}

/** The packages that a layer may import. Other layers may import any. */
const packagesOf: Partial<Record<Layer, readonly string[]>> = {
  reads: [],
  model: ['zod', 'node:crypto', 'node:util'],
  policy: ['zod'],
  errors: ['zod'],
}

/** Whether a file may import a package. */
function mayImportPackage(from: Location, name: string): boolean {
  if (name === 'lucia') return from.layer === 'core' && from.part === 'sessions'
  if (from.layer === 'core' && from.part === 'vault') return name === 'node:crypto'
  return packagesOf[from.layer]?.includes(name) ?? true
}

/** One line for each import that the dependency table doesn't allow, and for each file without a layer. */
export function forbiddenImports(modules: readonly Module[]): string[] {
  return modules.flatMap((module) => {
    const from = locationOf(module.path)
    if (from === null) return [`${module.path}: a file of no known layer`]
    return module.imports.flatMap((entry) => complaint(from, entry) ?? [])
  })
}

function complaint(from: Location, { path, package: name, isType }: Import): string | null {
  if (from.layer === 'test') return null
  if (name !== null)
    return mayImportPackage(from, name) ? null : `${from.path} (${from.layer}) imports the package ${name}`
  const to = path === null ? null : locationOf(path)
  if (to === null) return `${from.path} (${from.layer}) imports ${path}, which is in no known layer`
  if (allowedImports[from.layer](to, from, isType)) return null
  return `${from.path} (${from.layer}) imports ${isType ? 'a type of ' : ''}${to.path} (${to.layer})`
}
