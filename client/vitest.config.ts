import { join } from 'node:path'
import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

// Each file starts a server and commands: what Node compiled for one it reads for the next.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/node-compile')

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [solid()],
        test: { name: 'unit', environment: 'node', include: ['src/**/*.test.ts'] },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['e2e/build-client.ts'],
          // Each file has a church of its own: a real server with its own PostgreSQL, and a browser.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
