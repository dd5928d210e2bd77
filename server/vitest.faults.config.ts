import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'
import { conditions } from './vitest.config.ts'

const common = { environment: 'node', pool: 'forks', testTimeout: 240_000, hookTimeout: 120_000 } as const

/** They measure response times or memory per subscriber, so each runs alone. */
const measured = ['audit-log-away', 'live', 'many-subscribers', 'long-log'].map((name) => `test/faults/${name}.test.ts`)

/** Fault injection tests. Each file breaks its own PostgreSQL. */
export default defineConfig({
  ssr: { resolve: conditions },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { ...common, name: 'measured', include: measured, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          ...common,
          name: 'side by side',
          include: ['test/faults/*.test.ts'],
          exclude: measured,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
