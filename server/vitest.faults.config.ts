import { defineConfig } from 'vitest/config'
import { conditions } from './vitest.config.ts'

/** What happens when things break. Each file has a PostgreSQL of its own to break, so one runs at a time. */
export default defineConfig({
  ssr: { resolve: conditions },
  test: {
    environment: 'node',
    include: ['test/faults/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
})
