import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>

/** A TCP proxy that can inject network faults: slow, frozen (half-open: nothing arrives, nothing closes), or cut. */
export async function startTcpProxy(target: Readonly<{ host: string; port: number }>) {
  const sockets = new Set<Socket>()
  let severed = new WeakSet<Socket>()
  let isFrozen = false
  let delayMs = 0
  // Without allowHalfOpen, Node answers the end of a connection itself, which a silent network doesn't.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        if (isFrozen || severed.has(from)) return
        if (delayMs === 0) to.write(chunk)
        else carrySlowly(from, to, chunk, delayMs)
      })
      from.on('end', () => {
        if (!isFrozen && !severed.has(from)) to.end()
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!isFrozen && !severed.has(from)) to.destroy()
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
    /** From now on every chunk is delayed by this much, one after the other. Zero: no delay. */
    slowDown: (milliseconds: number) => {
      delayMs = milliseconds
    },
    /** From now on bytes are dropped in both directions, and no connection closes. */
    freeze: () => {
      isFrozen = true
    },
    /** Existing connections are half-open from now on, as if a firewall forgot them; new ones work. */
    sever: () => {
      severed = new WeakSet(sockets)
    },
    /** The network works again; the bytes in transit are lost, so existing connections are closed. */
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

/** Starts a proxy to the server of a database URL. Returns it and the URL through it. */
export async function startDatabaseProxy(url: string): Promise<{ proxy: TcpProxy; url: string }> {
  const proxied = new URL(url)
  const proxy = await startTcpProxy({ host: proxied.hostname, port: Number(proxied.port) })
  proxied.hostname = '127.0.0.1'
  proxied.port = String(proxy.port)
  return { proxy, url: proxied.href }
}

/** One chunk at a time, so that they arrive in order. */
function carrySlowly(from: Socket, to: Socket, chunk: Buffer, milliseconds: number): void {
  from.pause()
  setTimeout(() => {
    to.write(chunk)
    from.resume()
  }, milliseconds)
}
