import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>

/** A TCP proxy whose line can be made bad: slow, frozen (half-open: nothing comes, nothing ends), or cut. */
export async function startTcpProxy(target: Readonly<{ host: string; port: number }>) {
  const sockets = new Set<Socket>()
  let isFrozen = false
  let delayMs = 0
  const server = createServer((near) => {
    const far = connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        if (isFrozen) return
        if (delayMs === 0) to.write(chunk)
        else carrySlowly(from, to, chunk, delayMs)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!isFrozen) to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    /** From now on every piece takes so long on its way, one after the other. Zero: as fast as it can. */
    slowDown: (milliseconds: number) => {
      delayMs = milliseconds
    },
    /** From now on bytes are swallowed in both directions, and no connection ends. */
    freeze: () => {
      isFrozen = true
    },
    /** The line works again; what was on it is gone, so its connections end. */
    thaw: () => {
      isFrozen = false
      cut()
    },
    cut,
    close: () => {
      cut()
      server.close()
    },
  }
}

/** One piece at a time, so that they arrive in their order. */
function carrySlowly(from: Socket, to: Socket, chunk: Buffer, milliseconds: number): void {
  from.pause()
  setTimeout(() => {
    to.write(chunk)
    from.resume()
  }, milliseconds)
}
