import { once } from 'node:events'
import { connect } from 'node:net'
import { neonConfig } from '@neondatabase/serverless'
import { createWebSocketStream, WebSocketServer } from 'ws'

/** `connections`: the number of connections so far. */
export type NeonBridge = AsyncDisposable & Readonly<{ connections(): number }>

/**
 * Replaces Neon's proxy: Neon's driver speaks PostgreSQL's protocol inside a WebSocket and names the server in the URL. The
 * bytes are forwarded unchanged; Neon's own host names resolve to this machine. Points this process's driver at itself.
 */
export async function startNeonBridge(): Promise<NeonBridge> {
  let connections = 0
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket, request) => {
    connections++
    const [host = '', port = ''] = (new URL(request.url ?? '', 'ws://bridge').searchParams.get('address') ?? '').split(
      ':',
    )
    const stream = createWebSocketStream(socket)
    const postgres = connect(Number(port), host.endsWith('.neon.tech') ? '127.0.0.1' : host)
    stream.pipe(postgres).pipe(stream)
    // Closing either end closes the other.
    stream.on('error', () => postgres.destroy()).on('close', () => postgres.destroy())
    postgres.on('error', () => socket.terminate()).on('close', () => socket.close())
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the bridge has no port')
  const { port: own } = address
  neonConfig.wsProxy = (host, port) => `127.0.0.1:${own}/v1?address=${host}:${port}`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  return {
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
