import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** Node's own. Vite's would take graphql's development build beside the one that Pothos and Yoga load. */
export const conditions = { conditions: ['module-sync', 'node'], externalConditions: ['module-sync', 'node'] }

// Tests start hundreds of processes: commands, servers, workers to kill. What Node compiled for one it reads for the next.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/node-compile')

export default defineConfig({
  ssr: { resolve: conditions },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // They break their own PostgreSQL: npm run test:faults.
    exclude: ['test/faults/**'],
    globalSetup: ['./test/support/postgres.ts'],
    pool: 'forks',
    // The schema and its libraries take seconds to load; a worker loads them once. Files share no state but modules', and
    // every database, home and server is a file's own.
    isolate: false,
    // One PostgreSQL serves every file; more workers would only wait for it.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
