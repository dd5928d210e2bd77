import { defineConfig } from 'vitest/config'
import { conditions } from './vitest.config.ts'

/**
 * Fault injection tests. Each file breaks its own PostgreSQL and kills its own servers. They run one at a time: side by side
 * on two cores they take as long, and a killed node doesn't restart in time.
 */
export default defineConfig({
  ssr: { resolve: conditions },
  test: {
    environment: 'node',
    include: ['test/faults/*.test.ts'],
    globalSetup: ['./test/faults/support/setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
})
