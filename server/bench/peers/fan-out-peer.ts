/**
 * The minimal broadcaster: plain `ws`, sending one text after another. A posted text goes to every socket, after the
 * socket's own head, which stands for a subscription's ID. No rules, database or GraphQL. A program; see
 * ../support/programs.ts.
 */
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

const heads = new Map<WebSocket, string>()

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  // A request without setEncoding yields buffers, which its type doesn't state.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const payload = Buffer.concat(chunks).toString()
  if (payload !== '') for (const [socket, head] of heads) socket.send(`${head}${payload}}`)
  response.end()
})

const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  // The first message is the head of all later ones.
  socket.once('message', (bytes) => heads.set(socket, String(bytes)))
  socket.on('close', () => heads.delete(socket))
})

server.listen(Number(process.env.PORT), '127.0.0.1')

process.once('SIGTERM', () => {
  for (const socket of sockets.clients) socket.terminate()
  server.close()
  server.closeAllConnections()
})
