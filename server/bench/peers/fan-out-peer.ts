/**
 * The least that tells many: `ws` as it comes, sending one text after the other. What is posted to it goes to everybody,
 * behind a head of each socket's own, as a subscription's id is. No rules, no database, no GraphQL. A program; see programs.ts.
 */
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

const heads = new Map<WebSocket, string>()

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  // A request without setEncoding gives buffers, which its type does not say.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const payload = Buffer.concat(chunks).toString()
  if (payload !== '') for (const [socket, head] of heads) socket.send(`${head}${payload}}`)
  response.end()
})

const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  // The first message says what stands in front of the others.
  socket.once('message', (bytes) => heads.set(socket, String(bytes)))
  socket.on('close', () => heads.delete(socket))
})

server.listen(Number(process.env.PORT), '127.0.0.1')

process.once('SIGTERM', () => {
  for (const socket of sockets.clients) socket.terminate()
  server.close()
  server.closeAllConnections()
})
