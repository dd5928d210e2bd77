import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, the longest first: one that starts last is waited for by an idle worker. */
const longest = [
  'operations/re-encryption-killed',
  'commands/keys',
  'operations/start',
  'docs/queries-page',
  'operations/operator-commands',
  'access/token-paths',
  'access/encrypted-paths',
  'access/visitor',
]

/** Vitest's own order, which without a cache is by size, behind the files that are known to take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return rank === -1 ? longest.length : rank
    }
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}
