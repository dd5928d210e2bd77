import { describe, expect, it } from 'vitest'
import { forbiddenImports } from './layers.ts'
import { filesUnder, type Module, parseModule, readModule } from './modules.ts'
import {
  badNames,
  barrels,
  computedImports,
  defaultExports,
  domainTerms,
  featureCycles,
  fileCycles,
  folderCycles,
  importsPastPlannerFacade,
  largeFolders,
  longFiles,
  misnamedUseCases,
  orphanTests,
  unexplainedCasts,
  vaultUsers,
} from './rules.ts'

/** The files that encrypt or decrypt: a new line here is a decision, not a formality. */
const vaultUsersAllowed = [
  'server/src/features/audit/drop-audit-partitions.ts',
  // Compares MACs only.
  'server/src/features/audit/verify-audit-log.ts',
  'server/src/features/bookings/calcom/pending-deliveries.ts',
  // Only the type, to pass it on.
  'server/src/features/bookings/open-intakes.ts',
  'server/src/features/bookings/write/event-logs.ts',
  'server/src/features/bookings/calcom/receive-delivery.ts',
  // Only the error class.
  'server/src/features/bookings/retention/recompute-plaintext-columns.ts',
  // Only the type, to pass it on.
  'server/src/features/bookings/write/save-bookings.ts',
  'server/src/features/bookings/write/booking-rows.ts',
  'server/src/features/bookings/form-responses/open-form-responses.ts',
  'server/src/features/forms/form-responses.ts',
  'server/src/features/webhooks/endpoints/decrypt-target.ts',
  'server/src/features/webhooks/endpoints/encrypt-target.ts',
  // Creates a new key only.
  'server/src/features/maintenance/rotate-keys.ts',
  'server/src/features/settings/decrypt-settings.ts',
  'server/src/features/settings/encrypt-setting.ts',
  'server/src/features/summaries/generate/write-summary.ts',
  'server/src/features/summaries/read/open-summaries.ts',
  // Only the type, to pass it on.
  'server/src/features/summaries/generate/preview-next-booking.ts',
  // Only the type: part of the dependencies of every entry point.
  'server/src/graphql/auth/context.ts',
]

/** Terms of the domain. `platform` could ship in another product, so it uses none of them. */
const termsOfTheDomain = 'pastor parish booking bookings intake attendee attendees organizer summary summaries'.split(
  ' ',
)

/** The name of PostgreSQL's package depends on the platform. */
const mayComputeImports = ['server/src/platform/database/embedded/postgres-binaries.ts']

/** Solid's `lazy` needs a default export. */
const mayExportDefault = ['client/src/features/bookings/calendar/week-calendar.tsx']

const paths = filesUnder(['server/src', 'server/test', 'prisma', 'client/src', 'client/e2e'])
const modules = paths.filter((path) => /\.tsx?$/.test(path)).map(readModule)
const benches = filesUnder(['server/bench'])
  .filter((path) => /\.ts$/.test(path))
  .map(readModule)
const sources = modules.filter(({ path }) => !/^(server\/test|client\/e2e)\//.test(path))

describe('the architecture', () => {
  it('lets each layer import only what the dependency table allows', () => {
    expect(forbiddenImports(sources)).toEqual([])
  })

  it('has no cycle of imports, between files, folders or features', () => {
    expect(fileCycles(sources)).toEqual([])
    expect(folderCycles(sources)).toEqual([])
    expect(featureCycles(sources)).toEqual([])
    expect(fileCycles(benches)).toEqual([])
  })

  it('uses the planner only through its facade', () => {
    expect(importsPastPlannerFacade(sources)).toEqual([])
  })

  it('has at most 24 files in a folder, tests aside', () => {
    expect(largeFolders(modules)).toEqual([])
  })

  it('has no computed imports', () => {
    expect(computedImports(sources).filter((line) => !mayComputeImports.some((path) => line.startsWith(path)))).toEqual(
      [],
    )
  })

  it('names its files in kebab-case', () => {
    // Recorded deliveries keep the names of Cal.com's triggers.
    expect(badNames(paths.filter((path) => !path.startsWith('server/test/fixtures/')))).toEqual([])
  })

  it('has use cases that export the one function they are named after', () => {
    expect(misnamedUseCases(sources)).toEqual([])
  })

  it('has default exports only where a tool wants one', () => {
    expect(defaultExports(modules).filter((line) => !mayExportDefault.some((path) => line.startsWith(path)))).toEqual(
      [],
    )
  })

  it('has no barrels', () => {
    expect(barrels(modules)).toEqual([])
  })

  it('gives a reason with each cast', () => {
    expect(unexplainedCasts(sources)).toEqual([])
  })

  it('has files short enough for one idea', () => {
    expect(longFiles(modules)).toEqual([])
  })

  it('has its tests beside what they test', () => {
    expect(orphanTests(paths)).toEqual([])
  })

  it('has no domain terms in platform', () => {
    expect(domainTerms(sources, termsOfTheDomain)).toEqual([])
  })

  it('lets only the named files encrypt and decrypt', () => {
    expect(vaultUsers(sources)).toEqual([...vaultUsersAllowed].sort())
  })
})

/** A module with these lines at this path. */
function module(path: string, ...lines: string[]): Module {
  return parseModule(path, `${lines.join('\n')}\n`)
}

const features = 'server/src/features'

describe('finds a forbidden import', () => {
  // For each row of the table: a file, a forbidden line, and part of the message.
  it.each([
    [
      'an entry point',
      `${features}/bookings/graphql.ts`,
      `import '../summaries/reads.ts'`,
      'server/src/features/summaries/reads.ts (reads)',
    ],
    [
      'an entry point',
      `${features}/bookings/graphql.ts`,
      `import '../../platform/database/client.ts'`,
      'client.ts (platform)',
    ],
    ['an entry point', `${features}/bookings/graphql.ts`, `import '../../core/vault/vault.ts'`, 'vault.ts (core)'],
    ['a webhook', `${features}/bookings/calcom.webhook.ts`, `import '../users/find-organizer.ts'`, '(use case)'],
    ['a job', `${features}/summaries/generate-summary.job.ts`, `import '../../core/sessions/sessions.ts'`, '(core)'],
    ['a use case', `${features}/bookings/apply-event.ts`, `import './graphql.ts'`, '(entry point)'],
    ['a use case', `${features}/bookings/apply-event.ts`, `import '../users/policy.ts'`, '(policy)'],
    ['a use case', `${features}/bookings/apply-event.ts`, `import '../../app.ts'`, '(composition)'],
    ['an outbound client', `${features}/bookings/calcom.client.ts`, `import './reads.ts'`, '(reads)'],
    ['reads', `${features}/bookings/reads.ts`, `import './policy.ts'`, '(policy)'],
    ['reads', `${features}/bookings/reads.ts`, `import { may } from '../../core/access/viewer.ts'`, '(core)'],
    ['reads', `${features}/bookings/reads.ts`, `import '../../platform/jobs/queue.ts'`, '(platform)'],
    ['reads', `${features}/bookings/reads.ts`, `import 'pg'`, 'the package pg'],
    ['a model', `${features}/bookings/model.ts`, `import './reads.ts'`, '(reads)'],
    ['a model', `${features}/bookings/model.ts`, `import '../users/model.ts'`, 'server/src/features/users/model.ts'],
    ['a model', `${features}/bookings/intake.model.ts`, `import 'node:fs'`, 'the package node:fs'],
    ['a policy', `${features}/bookings/policy.ts`, `import '../../platform/clock.ts'`, '(platform)'],
    ['errors', `${features}/bookings/errors.ts`, `import './apply-event.ts'`, '(use case)'],
    ['core', 'server/src/core/audit/record.ts', `import '../../features/users/reads.ts'`, '(reads)'],
    ['core', 'server/src/core/tokens/tokens.ts', `import 'lucia'`, 'the package lucia'],
    ['the vault', 'server/src/core/vault/vault.ts', `import '../audit/record.ts'`, '(core)'],
    ['sessions', 'server/src/core/sessions/sessions.ts', `import '../vault/vault.ts'`, '(core)'],
    ['the vault', 'server/src/core/vault/vault.ts', `import 'node:fs'`, 'the package node:fs'],
    ['platform', 'server/src/platform/jobs/queue.ts', `import '../../core/access/viewer.ts'`, '(core)'],
    ['graphql', 'server/src/graphql/schema/builder.ts', `import '../../features/users/graphql.ts'`, '(entry point)'],
    ['anybody', `${features}/bookings/apply-event.ts`, `import '../../generated/prisma/client.ts'`, '(generated)'],
    ['anybody', `${features}/bookings/apply-event.ts`, `import '../../../test/support/parish.ts'`, '(test)'],
    ['anybody', `${features}/bookings/apply-event.ts`, `import '../../../../client/src/lib/time.ts'`, '(client lib)'],
    ['composition', 'server/src/app.ts', `import '../../client/src/lib/time.ts'`, '(client lib)'],
    ['client routes', 'client/src/routes/week.tsx', `import '../gql/graphql.ts'`, '(client gql)'],
    ['client features', 'client/src/features/bookings/list.tsx', `import '../../routes/week.tsx'`, '(client routes)'],
    ['client ui', 'client/src/ui/button.tsx', `import '../features/session/session.ts'`, '(client features)'],
    ['client lib', 'client/src/lib/time.ts', `import '../ui/button.tsx'`, '(client ui)'],
    ['the client', 'client/src/lib/time.ts', `import '../../../server/src/platform/clock.ts'`, '(platform)'],
  ])('of %s', (_name, path, line, complaint) => {
    expect(forbiddenImports([module(path, line)])).toEqual([expect.stringContaining(complaint)])
  })

  it.each([
    ['a type', `import type { Reads } from './reads.ts'`],
    ['only types in braces', `import { type Reads, type Page } from './reads.ts'`],
    ['a re-export', `export { listBookings } from './reads.ts'`],
    ['a dynamic import', `const reads = await import('./reads.ts')`],
    ['an inline type import', `export type Page = import('./reads.ts').Page`],
  ])('also as %s', (_how, line) => {
    expect(forbiddenImports([module(`${features}/bookings/model.ts`, line)])).toHaveLength(1)
  })

  it('and one that is only allowed as a type is allowed as that', () => {
    const line = `import type { Viewer } from '../../core/access/viewer.ts'`
    expect(forbiddenImports([module(`${features}/bookings/reads.ts`, line)])).toEqual([])
  })

  it.each([
    `${features}/bookings/utils.ts`,
    `${features}/bookings/parts/smaller/list.ts`,
    `${features}/sermons/model.ts`,
    'server/src/core/crypto/hash.ts',
    'server/src/helpers.ts',
    'client/src/hooks/use-it.ts',
  ])('finds a file of no known kind: %s', (path) => {
    expect(forbiddenImports([module(path)])).toEqual([`${path}: a file of no known layer`])
  })
})

describe('each other rule finds a violation', () => {
  const useCase = `${features}/bookings/apply-event.ts`

  it('a cycle, reported once and by its shortest path', () => {
    const cycle = ['a', 'b', 'c'].map((name, index) =>
      module(`server/src/platform/${name}.ts`, `import './${'bca'[index]}.ts'`, `import type {  } from './d.ts'`),
    )
    expect(fileCycles(cycle)).toEqual([
      'server/src/platform/a.ts → server/src/platform/b.ts → server/src/platform/c.ts → server/src/platform/a.ts',
    ])
  })

  it('an import past the facade of the planner', () => {
    const line = `import { readsRows } from '../planner/declarations.ts'`
    expect(importsPastPlannerFacade([module('server/src/graphql/live/live-results.ts', line)])).toHaveLength(1)
    expect(importsPastPlannerFacade([module('server/src/graphql/schema/builder.ts', line)])).toEqual([])
  })

  it('an import by a computed name', () => {
    const line = `export const load = (name: string) => import('./' + name)`
    expect(computedImports([module(useCase, line)])).toHaveLength(1)
  })

  it.each(['server/src/platform/openDoor.ts', 'server/src/platform/open_door.ts', 'client/src/ui/Button.tsx'])(
    'the name %s',
    (path) => {
      expect(badNames([path])).toHaveLength(1)
    },
  )

  it('a use case that exports another name', () => {
    expect(misnamedUseCases([module(useCase, 'export function applyEvents() {}')])).toHaveLength(1)
  })

  it('a use case that exports a second thing, unless that is a type', () => {
    const own = 'export function applyEvent() {}'
    expect(misnamedUseCases([module(useCase, own, 'export const limit = 1')])).toHaveLength(1)
    expect(
      misnamedUseCases([module(useCase, own, 'export type Event = string', 'export interface Outcome {}')]),
    ).toEqual([])
  })

  it('a default export', () => {
    expect(defaultExports([module(useCase, 'export default 1')])).toHaveLength(1)
    expect(defaultExports([module('prisma/prisma.config.ts', 'export default 1')])).toEqual([])
  })

  it('a barrel', () => {
    expect(
      barrels([module(useCase, `export * from './reads.ts'`), module(`${features}/bookings/index.ts`)]),
    ).toHaveLength(2)
  })

  it('a cast without a reason on its line or the one before', () => {
    const cast = 'export const answer = JSON.parse(text) as Answer'
    expect(unexplainedCasts([module(useCase, cast)])).toHaveLength(1)
    expect(
      unexplainedCasts([module(useCase, '// our own format', cast), module(useCase, `${cast} // our own format`)]),
    ).toEqual([])
    expect(unexplainedCasts([module(useCase, 'export const two = [1, 2] as const')])).toEqual([])
  })

  it('a file of 301 lines', () => {
    const ofLines = (count: number) => module(useCase, ...Array.from({ length: count }, () => ''))
    expect(longFiles([ofLines(301)])).toHaveLength(1)
    expect(longFiles([ofLines(300)])).toEqual([])
  })

  it('a test beside nothing', () => {
    expect(orphanTests([`${features}/bookings/reads.test.ts`])).toHaveLength(1)
    expect(orphanTests([`${features}/bookings/reads.test.ts`, `${features}/bookings/reads.ts`])).toEqual([])
  })

  it('a domain term in platform, in a name or a text but not in a comment', () => {
    const path = 'server/src/platform/jobs/queue.ts'
    expect(domainTerms([module(path, 'export const bookingQueue = 1')], ['booking'])).toHaveLength(1)
    expect(domainTerms([module(path, `export const channel = 'booking_changes'`)], ['booking'])).toHaveLength(1)
    expect(domainTerms([module(path, '// such as a booking')], ['booking'])).toEqual([])
    expect(domainTerms([module(path, 'export class ChurchHubError {}')], ['church'])).toEqual([])
  })

  it('a user of the vault outside core and composition', () => {
    const line = (path: string) =>
      module(path, `import type { Vault } from '${'../'.repeat(path.split('/').length - 3)}core/vault/vault.ts'`)
    const given = module(useCase, 'export const applyEvent = (deps: { vault: { seal(text: string): string } }) => deps')
    expect(vaultUsers([given])).toEqual([useCase])
    expect(vaultUsers([line(useCase), line('server/src/main.ts'), line('server/src/core/vault/keyring.ts')])).toEqual([
      useCase,
    ])
  })
})
