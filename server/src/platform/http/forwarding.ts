import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Whether a proxy has forwarded the request, or claims to have. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined)
}

/** Whether the peer is on this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback'
}

/** Detects a proxy that isn't configured as trusted: behind it, every visitor has the proxy's address. */
export type ProxyWatch = Readonly<{
  observe(request: IncomingMessage): void
  /** Whether all visitors seem to have one address. */
  hidesClientAddresses(): boolean
}>

type ProxyWatchOptions = Readonly<{
  trustedProxies: readonly string[]
  /** The public URL. The server speaks no TLS itself, so `https:` implies a proxy. */
  publicUrl: string
  /** Called once, on detection. */
  onDetected: () => void
}>

/** The number of remembered addresses: a few are enough to tell a proxy from a visitor who forges the header. */
const maxPeers = 100

/**
 * Watches for forwarding headers while no proxy is trusted. An address that always sends them and is on a private
 * network, or is the only peer, is a proxy; a single client that forges the header among others who don't is not.
 */
export function createProxyWatch({ trustedProxies, publicUrl, onDetected }: ProxyWatchOptions): ProxyWatch {
  const isNeeded = trustedProxies.length === 0
  const forwarding = new Set<string>()
  const direct = new Set<string>()
  let isDetected = isNeeded && publicUrl.startsWith('https:')
  if (isDetected) onDetected()

  const isProxy = (peer: string) =>
    !direct.has(peer) && (!isPublic(peer) || (direct.size === 0 && forwarding.size === 1))

  return {
    observe: ({ headers, socket: { remoteAddress } }) => {
      if (!isNeeded || isDetected || remoteAddress === undefined) return
      const peers = isForwarded(headers) ? forwarding : direct
      if (peers.size < maxPeers) peers.add(remoteAddress)
      if (!isForwarded(headers) || !isProxy(remoteAddress)) return
      isDetected = true
      onDetected()
    },
    hidesClientAddresses: () => isDetected,
  }
}

function isPublic(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'unicast'
}
