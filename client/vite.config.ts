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
  },
})
