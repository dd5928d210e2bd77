import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Node's own conditions. Vite's would take graphql's development build beside the one that Pothos and Yoga load.
  ssr: { resolve: { conditions: ['module-sync', 'node'], externalConditions: ['module-sync', 'node'] } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['./test/postgres.ts'],
    pool: 'forks',
    // One PostgreSQL serves every file; more workers would only wait for it.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
