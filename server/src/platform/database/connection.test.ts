import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDatabaseProxy } from '../../../test/fakes/tcp-proxy.ts'
import { freshDatabase } from '../../../test/support/database.ts'
import { createDatabase, Prisma } from './client.ts'
import { Connection } from './connection.ts'
import { runPipelined } from './run-pipelined.ts'

// A fake server that controls how its messages are split into packets (protocol 3.0; PostgreSQL docs, "Message
// Formats").

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

/**
 * Accepts every login, returns no rows, and terminates each connection in the same packet that completes its first
 * statement.
 */
function answer(socket: Socket): void {
  socket.on('error', () => undefined)
  socket.on('data', (packet) => {
    const type = String.fromCharCode(packet[0] ?? 0)
    // The startup message has no type. The session settings arrive as a simple query.
    if (type === '\0') socket.write(Buffer.concat([authenticated, ready]))
    else if (type === 'Q') socket.write(Buffer.concat([done, ready]))
    else if (type !== 'X') socket.end(Buffer.concat([answered, terminated]))
  })
}

// Fails with pg's own Client in the pool: the unhandled error ended the process.
test('a connection that ends during its hand-over fails the next query and nothing else', async () => {
  const url = `postgresql://somebody@127.0.0.1:${port}/parish`
  const { database, close } = createDatabase({ url, applicationName: 'churchhub test', maxConnections: 1 })
  const unheard: unknown[] = []
  const receive = (error: unknown) => unheard.push(error)
  process.on('uncaughtException', receive)
  const [first, next] = await Promise.allSettled([
    database.$queryRaw`SELECT`,
    database.$transaction((tx) => tx.$queryRaw`SELECT`),
  ])
  await wait(0)
  process.off('uncaughtException', receive)
  expect(first.status).toBe('fulfilled')
  expect(next.status).toBe('rejected')
  expect(unheard).toEqual([])
  await close()
})

test('a pool recovers from connections that went silent', async () => {
  await using fresh = await freshDatabase()
  const { proxy, url } = await startDatabaseProxy(fresh.url)
  const options = { applicationName: 'churchhub test', maxConnections: 1, statementTimeoutMs: 100 }
  const { database, statements, connectPipelined, close } = createDatabase({ url, ...options })
  const select = Prisma.sql`SELECT 1 AS one`
  const outcomes = async () => {
    const used = await Promise.allSettled([
      database.$transaction((tx) => tx.$queryRaw(select)),
      statements.readRows(select),
      runPipelined(connectPipelined, (tx) => tx.$queryRaw(select)),
    ])
    return used.map(({ status }) => status)
  }
  expect(await outcomes()).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  proxy.sever()
  expect(await outcomes()).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await outcomes()).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  await close()
  proxy.close()
})

// Fails with pg's own Client, which waits for the other side until TCP gives up, a quarter of an hour later.
test('a connection that went silent closes', async () => {
  await using fresh = await freshDatabase()
  const { proxy, url } = await startDatabaseProxy(fresh.url)
  const connection = new Connection({ connectionString: url })
  await connection.connect()
  proxy.sever()
  await connection.end()
  proxy.close()
})
