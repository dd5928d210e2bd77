import type { IncomingMessage } from 'node:http'
import proxyAddr from 'proxy-addr'

/**
 * Creates the function that determines a request's client address.
 *
 * @param trustedProxies - addresses or CIDR ranges whose `X-Forwarded-For` is trusted; from anyone else the header is
 * ignored, because any client can set it
 */
export function createClientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string | null {
  const trust = proxyAddr.compile([...trustedProxies])
  return (request) => {
    if (request.socket.remoteAddress === undefined) return null
    return withoutMapping(proxyAddr(request, trust))
  }
}

/** A dual-stack socket shows 10.0.0.1 as ::ffff:10.0.0.1. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
