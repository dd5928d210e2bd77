import { defineConfig } from 'vitest/config'

/** Node's own. Vite's would take graphql's development build beside the one that Pothos and Yoga load. */
export const conditions = { conditions: ['module-sync', 'node'], externalConditions: ['module-sync', 'node'] }

export default defineConfig({
  ssr: { resolve: conditions },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // They break their own PostgreSQL, one after the other: npm run test:faults.
    exclude: ['test/faults/**'],
    globalSetup: ['./test/support/postgres.ts'],
    pool: 'forks',
    // One PostgreSQL serves every file; more workers would only wait for it.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
