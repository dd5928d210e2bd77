import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

/** Where `npm run dev` finds the server; the built client is served by the server itself. */
const server = process.env.CHURCHHUB_SERVER ?? 'http://localhost:4000'

export default defineConfig({
  plugins: [solid(), tailwindcss()],
  server: {
    port: 5173,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/webhooks': server,
      '/healthz': server,
      '/readyz': server,
    },
  },
  build: {
    target: 'baseline-widely-available',
    // The server sends a CSP without `unsafe-inline` scripts and without data: URLs for code.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // GraphiQL is a page of its own: React and its editor are no part of the client that pastors load.
    rolldownOptions: {
      input: { client: 'index.html', graphiql: 'graphiql/index.html' },
      onwarn: (warning, warn) => {
        // "use client" in each file of GraphiQL's libraries means something to React's servers only.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
})
