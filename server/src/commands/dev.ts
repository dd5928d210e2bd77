import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { projectRoot, withDotEnv } from '../platform/config/env.ts'

/**
 * `npm run dev`: the server, restarted on file changes, and Vite's development server, which reloads the client and
 * proxies other requests to the server. When one ends, so does the other.
 */
const { PORT = '4000' } = withDotEnv(process.env)
const env = { ...process.env, CHURCHHUB_SERVER: `http://localhost:${PORT}` }

const programs = [
  // The watcher survives a crash of the server, so the next save can fix it.
  spawn(process.execPath, ['--watch', '--watch-preserve-output', 'server/src/main.ts'], {
    cwd: projectRoot,
    env,
    stdio: 'inherit',
  }),
  spawn(process.execPath, [resolve(projectRoot, 'node_modules/vite/bin/vite.js'), '--clearScreen', 'false'], {
    cwd: resolve(projectRoot, 'client'),
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  }),
]

let isStopping = false

function stop(): void {
  if (isStopping) return
  isStopping = true
  for (const program of programs) program.kill('SIGTERM')
}

process.on('SIGINT', stop).on('SIGTERM', stop)

for (const program of programs) {
  program.once('exit', (code) => {
    if (!isStopping) process.exitCode = code ?? 1
    stop()
  })
}
