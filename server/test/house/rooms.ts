import type { Import, Module } from './modules.ts'

/** The rooms of the house: the rows of "Who may import whom" and what they name. */
export type Room =
  | 'composition'
  | 'graphql'
  | 'door'
  | 'verb'
  | 'way out'
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

/** Where a file stands: its room, and within it the feature (`bookings`) or the folder (`vault`), if it has one. */
export type Place = Readonly<{ path: string; room: Room; part: string | null }>

/** The nouns that features are named after, and the folders of core. */
const features =
  'users bookings forms summaries audit calendars assistants policies jobs settings health hooks tokens limits'.split(
    ' ',
  )
const coreFolders = 'access sessions tokens vault audit keys'.split(' ')

/** The kinds of file that a feature has. `<idea>.` before a kind splits one that holds several ideas. */
const featureFiles: readonly (readonly [pattern: RegExp, room: Room])[] = [
  [/^([a-z-]+\.)?model\.ts$/, 'model'],
  [/^policy\.ts$/, 'policy'],
  [/^([a-z-]+\.)?reads\.ts$/, 'reads'],
  [/^([a-z-]+\.)?graphql\.ts$/, 'door'],
  [/^[a-z-]+\.webhook\.ts$/, 'door'],
  [/^[a-z]+(-[a-z]+)+\.job\.ts$/, 'door'],
  [/^[a-z-]+\.download\.ts$/, 'door'],
  [/^[a-z-]+\.client\.ts$/, 'way out'],
  [/^errors\.ts$/, 'errors'],
  [/^[a-z]+(-[a-z]+)+\.ts$/, 'verb'],
]

const compositionFiles =
  /^server\/src\/(main|open-house|app|schema|jobs)\.ts$|^server\/src\/commands\/([^/]+\/)?[^/]+\.ts$|^prisma\/([^/]+\/)?[^/]+\.ts$/

/** The place of a file, or null where the house has no room for it. */
export function placeOf(path: string): Place | null {
  const room = roomOf(path)
  if (room === null) return null
  const [, part = null] = /^server\/src\/(?:features|core)\/([^/]+)\//.exec(path) ?? []
  return { path, room, part }
}

function roomOf(path: string): Room | null {
  if (/\.test\.tsx?$|^server\/(test|bench)\/|^client\/e2e\//.test(path)) return 'test'
  if (compositionFiles.test(path)) return 'composition'
  const [, feature, file] = /^server\/src\/features\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  if (feature !== undefined && file !== undefined) {
    if (!features.includes(feature)) return null
    return featureFiles.find(([pattern]) => pattern.test(file))?.[1] ?? null
  }
  const [, folder] = /^server\/src\/core\/([^/]+)\/[^/]+$/.exec(path) ?? []
  if (folder !== undefined) return coreFolders.includes(folder) ? 'core' : null
  const [, serverRoom] = /^server\/src\/(graphql|platform|generated)\//.exec(path) ?? []
  if (serverRoom !== undefined) return serverRoom as Room // the pattern names rooms only
  const [, clientRoom] = /^client\/src\/(routes|features|ui|lib|gql)\//.exec(path) ?? []
  if (clientRoom !== undefined) return `client ${clientRoom}` as Room // the pattern names rooms only
  return /^client\/src\/[^/]+$/.test(path) ? 'client root' : null
}

type Rule = (to: Place, from: Place, isType: boolean) => boolean

const isOwn = (to: Place, from: Place) => to.part === from.part && to.path.startsWith('server/src/features/')
const isDoorOfGraph = (to: Place) => /[/.]graphql\.ts$/.test(to.path)
const isAccess = (to: Place) => to.room === 'core' && to.part === 'access'
const isDatabase = (to: Place) => to.path.startsWith('server/src/platform/database/')
const clientFloor = ['client lib', 'client ui', 'client features', 'client routes', 'client root']
const isBelow: Rule = (to, from) =>
  clientFloor.includes(to.room) && clientFloor.indexOf(to.room) <= clientFloor.indexOf(from.room)

/** Design §1, "Who may import whom", row by row, for files of the project. */
export const whoMayImportWhom: Readonly<Record<Room, Rule>> = {
  composition: (to) => !to.room.startsWith('client') && to.room !== 'test',
  graphql: (to) => ['graphql', 'core', 'platform', 'generated'].includes(to.room),
  // A door parses, calls and shapes: it asks the database through its own feature.
  door: (to, from, isType) =>
    isOwn(to, from) ||
    to.path === 'server/src/graphql/builder.ts' ||
    (to.room === 'door' && isDoorOfGraph(to)) ||
    isAccess(to) ||
    (to.room === 'platform' && (isType || to.path !== 'server/src/platform/database/client.ts')),
  verb: (to, from) =>
    (isOwn(to, from) && to.room !== 'door') || ['model', 'reads', 'verb', 'core', 'platform'].includes(to.room),
  'way out': (to, from) =>
    (isOwn(to, from) && ['model', 'policy', 'errors', 'way out'].includes(to.room)) || to.room === 'platform',
  reads: (to, from, isType) =>
    (isOwn(to, from) && (to.room === 'model' || to.room === 'reads')) || (isType && isAccess(to)) || isDatabase(to),
  // The one thing of the platform that a model asks: whether a text is a time zone. It is pure as well.
  model: (to, from, isType) =>
    isPure(to, from) || (isType && isAccess(to)) || to.path === 'server/src/platform/time-zone.ts',
  policy: (to, from, isType) => isPure(to, from) || (isType && isAccess(to)),
  // Each error class is a ChurchHubError, with a code of the closed list.
  errors: (to, from, isType) =>
    isPure(to, from) || (isType && isAccess(to)) || to.path === 'server/src/platform/errors.ts',
  // In core only the audit log's seals need the vault's key, and the life of its keys; the vault itself needs nobody.
  core: (to, from) =>
    to.room === 'platform' ||
    (to.room === 'core' &&
      (from.part === 'vault'
        ? to.part === 'vault'
        : to.part !== 'vault' || ['audit', 'keys'].includes(from.part ?? ''))),
  platform: (to) => to.room === 'platform' || to.path.startsWith('server/src/generated/prisma/'),
  generated: () => true,
  'client root': isBelow,
  'client routes': isBelow,
  'client features': (to, from, isType) => isBelow(to, from, isType) || to.room === 'client gql',
  'client ui': isBelow,
  'client lib': isBelow,
  'client gql': () => true,
  test: () => true,
}

function isPure(to: Place, from: Place): boolean {
  return isOwn(to, from) && ['model', 'policy', 'errors'].includes(to.room)
}

/** The packages that a room is held to; a room that isn't here may import any. */
const packagesOf: Partial<Record<Room, readonly string[]>> = {
  reads: [],
  model: ['zod', 'node:crypto', 'node:util'],
  policy: ['zod'],
  errors: ['zod'],
}

/** Whether a file may import a package. */
export function mayImportPackage(from: Place, name: string): boolean {
  if (name === 'lucia') return from.room === 'core' && from.part === 'sessions'
  if (from.room === 'core' && from.part === 'vault') return name === 'node:crypto'
  return packagesOf[from.room]?.includes(name) ?? true
}

/** One line for each import that design §1 doesn't allow, and for each file without a room. */
export function forbiddenImports(modules: readonly Module[]): string[] {
  return modules.flatMap((module) => {
    const from = placeOf(module.path)
    if (from === null) return [`${module.path}: no room of the house has such a file`]
    return module.imports.flatMap((entry) => complaint(from, entry) ?? [])
  })
}

function complaint(from: Place, { path, package: name, isType }: Import): string | null {
  if (from.room === 'test') return null
  if (name !== null)
    return mayImportPackage(from, name) ? null : `${from.path} (${from.room}) imports the package ${name}`
  const to = path === null ? null : placeOf(path)
  if (to === null) return `${from.path} (${from.room}) imports ${path}, which stands in no room`
  if (whoMayImportWhom[from.room](to, from, isType)) return null
  return `${from.path} (${from.room}) imports ${isType ? 'a type of ' : ''}${to.path} (${to.room})`
}
