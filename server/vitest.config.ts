import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/**
 * Node's own conditions. Vite's would load graphql's development build as well as the one that Pothos and Yoga load.
 */
export const conditions = { conditions: ['module-sync', 'node'], externalConditions: ['module-sync', 'node'] }

// Tests start hundreds of processes: commands, servers, workers to kill. They share Node's compile cache.
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
    // The schema and its libraries take seconds to load, so a worker loads them once. Files share only module state;
    // every database, home and server belongs to one file.
    isolate: false,
    // One PostgreSQL serves every file, so more workers would only wait for it.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
