import type { IncomingMessage } from 'node:http'
import proxyAddr from 'proxy-addr'

/**
 * Makes the function that tells where a request came from.
 *
 * @param trustedProxies - addresses or CIDR ranges whose `X-Forwarded-For` is believed; from anybody else the header
 *   is ignored, since whoever sends a request could write any address into it
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
