import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase } from './client.ts'

// A database of which one can say in which piece what arrives: the protocol's own messages, version 3.0 (PostgreSQL's
// documentation, "Message Formats").

const message = (type: string, body = Buffer.alloc(0)) => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const authenticated = message('R', Buffer.alloc(4))
const ready = message('Z', Buffer.from('I'))
const done = message('C', Buffer.from('SELECT 0\0'))
const answered = Buffer.concat([message('1'), message('2'), message('n'), done, ready])
const terminated = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

let server: Server
let port: number
beforeAll(async () => {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => void server.close())

/** Lets everybody in, finds nothing, and ends each connection in the same piece in which its first statement is done. */
function answer(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.on('data', (piece) => {
    const type = String.fromCharCode(piece[0] ?? 0)
    // What has no type begins the connection. Sent as a simple query: the session's settings.
    if (type === '\0') socket.write(Buffer.concat([authenticated, ready]))
    else if (type === 'Q') socket.write(Buffer.concat([done, ready]))
    else if (type !== 'X') socket.end(Buffer.concat([answered, terminated]))
  })
}

// Seen red with pg's own Client in the pool: the error was nobody's, and ended the process.
test('a connection that ends as it is handed from one to the next fails the next, and nothing else', async () => {
  const url = `postgresql://somebody@127.0.0.1:${port}/parish`
  const { database, close } = createDatabase({ url, applicationName: 'churchhub test', maxConnections: 1 })
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('uncaughtException', hear)
  const [first, next] = await Promise.allSettled([
    database.$queryRaw`SELECT`,
    database.$transaction((tx) => tx.$queryRaw`SELECT`),
  ])
  await wait(0)
  process.off('uncaughtException', hear)
  expect(first.status).toBe('fulfilled')
  expect(next.status).toBe('rejected')
  expect(unheard).toEqual([])
  await close()
})
