import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Whether something between the client and this server has passed the request on, or says so. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined)
}

/** Whether the other end of the connection is on this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback'
}

/** Notices a proxy that nobody has told the server of: with it, every visitor has the proxy's address. */
export type ProxyWatch = Readonly<{
  note(request: IncomingMessage): void
  /** Whether all visitors seem to have one address. */
  seesOneAddress(): boolean
}>

type ProxyWatchOptions = Readonly<{
  trustedProxies: readonly string[]
  /** How the server is reached. It speaks no TLS itself, so with `https:` there is a proxy. */
  publicUrl: string
  /** Called once, as soon as it is known. */
  onNoticed: () => void
}>

/** Addresses that are remembered: to tell a proxy from a visitor who sends such a header, a few are enough. */
const mostPeers = 100

/**
 * Watches for forwarding headers while no proxy is trusted. An address that only ever sends them, on a private network or
 * alone, is a proxy's; one stranger who makes the header up, among others who don't, is none.
 */
export function createProxyWatch({ trustedProxies, publicUrl, onNoticed }: ProxyWatchOptions): ProxyWatch {
  const isNeeded = trustedProxies.length === 0
  const forwarding = new Set<string>()
  const direct = new Set<string>()
  let isNoticed = isNeeded && publicUrl.startsWith('https:')
  if (isNoticed) onNoticed()

  const isProxy = (peer: string) =>
    !direct.has(peer) && (!isPublic(peer) || (direct.size === 0 && forwarding.size === 1))

  return {
    note: ({ headers, socket: { remoteAddress } }) => {
      if (!isNeeded || isNoticed || remoteAddress === undefined) return
      const peers = isForwarded(headers) ? forwarding : direct
      if (peers.size < mostPeers) peers.add(remoteAddress)
      if (!isForwarded(headers) || !isProxy(remoteAddress)) return
      isNoticed = true
      onNoticed()
    },
    seesOneAddress: () => isNoticed,
  }
}

function isPublic(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'unicast'
}
