import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { createAddressGuard } from './address-guard.ts'

/** Resolves all addresses of a host. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>

/** Why a request has no response. */
type NoResponseReason =
  | 'URL_REFUSED'
  | 'ADDRESS_REFUSED'
  | 'DNS_FAILED'
  | 'TLS_FAILED'
  | 'CONNECTION_FAILED'
  | 'TIMEOUT'

/** The result of a POST: a status, or why there is none. The body is never read. */
export type PostOutcome =
  | Readonly<{ status: number; retryAfter: string | null; noResponse: null }>
  | Readonly<{ status: null; retryAfter: null; noResponse: NoResponseReason }>

export type GuardedPost = Readonly<{
  /** What is wrong with a target URL, without resolving it; null if nothing. */
  findUrlProblem(url: string): string | null
  /** Posts to a user-supplied URL. Never throws for failures of the receiver. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<PostOutcome>
}>

export type GuardedPostOptions = Readonly<{
  /** Addresses or networks that may be reached although they aren't public. Only they may use http:. */
  allowedNetworks: readonly string[]
  /** For everything: resolution, connection, response headers. */
  timeoutMs?: number
  lookup?: Lookup
}>

const lookupAll: Lookup = (host) => systemLookup(host, { all: true, verbatim: true })

/**
 * Creates a client that posts to user-supplied URLs.
 *
 * The host is resolved once, every address is checked, and the connection goes to exactly these: a name that resolves
 * differently later (DNS rebinding) is not resolved again. Connections aren't reused. Redirects are returned, not
 * followed.
 */
export function createGuardedPost(options: GuardedPostOptions): GuardedPost {
  const { allowedNetworks, timeoutMs = 10_000, lookup = lookupAll } = options
  const guard = createAddressGuard(allowedNetworks)

  function findUrlProblem(text: string): string | null {
    const url = URL.parse(text)
    if (url === null) return 'must be a URL such as https://hooks.example.org/churchhub'
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowedNetworks.length > 0)) return 'must use HTTPS'
    if (url.username || url.password) return 'must not contain a user or a password'
    if (url.hash) return 'must not contain a fragment'
    const host = hostOf(url)
    if (isIP(host) !== 0 && guard.isExplicitlyAllowed(host)) return null
    if (isIP(host) !== 0 && (!guard.mayReach(host) || url.protocol === 'http:')) return 'must be on the public internet'
    // Services below port 1024 speak other protocols, and some would accept an HTTP request as their own.
    const port = Number(url.port || 443)
    if (allowedNetworks.length === 0 && port !== 443 && port < 1_024) return 'must use port 443, or a port from 1024 up'
    return null
  }

  async function addressesOf(url: URL): Promise<readonly LookupAddress[] | NoResponseReason> {
    const host = hostOf(url)
    const family = isIP(host)
    const addresses = family !== 0 ? [{ address: host, family }] : await lookup(host).catch(() => null)
    if (addresses === null || addresses.length === 0) return 'DNS_FAILED'
    // DNS rebinding mixes one bad address with good ones, so all must be allowed.
    if (!addresses.every(({ address }) => guard.mayReach(address))) return 'ADDRESS_REFUSED'
    const areAllowedByName = addresses.every(({ address }) => guard.isExplicitlyAllowed(address))
    if (areAllowedByName) return addresses
    return url.protocol === 'https:' && isPublicPort(url) ? addresses : 'URL_REFUSED'
  }

  async function post(text: string, headers: Readonly<Record<string, string>>, body: string): Promise<PostOutcome> {
    if (findUrlProblem(text) !== null) return noResponse('URL_REFUSED')
    const url = new URL(text)
    const signal = AbortSignal.timeout(timeoutMs)
    const addresses = await Promise.race([addressesOf(url), untilAborted(signal)])
    if (typeof addresses === 'string') return noResponse(addresses)
    return send(url, addresses, headers, body, signal)
  }

  return { findUrlProblem, post }
}

/** IPv6 addresses are in brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function isPublicPort(url: URL): boolean {
  const port = Number(url.port || 443)
  return port === 443 || port >= 1_024
}

function noResponse(reason: NoResponseReason): PostOutcome {
  return { status: null, retryAfter: null, noResponse: reason }
}

function untilAborted(signal: AbortSignal): Promise<NoResponseReason> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('TIMEOUT'), { once: true }))
}

function send(
  url: URL,
  addresses: readonly LookupAddress[],
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostOutcome> {
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A kept-alive connection would bypass the address check of the next request.
      agent: false,
      lookup: pinnedLookup(addresses),
      signal,
    })
    request.once('response', (response) => {
      const retryAfter = response.headers['retry-after'] ?? null
      resolve({ status: response.statusCode ?? 0, retryAfter, noResponse: null })
      // The body isn't used and may be endless.
      response.destroy()
    })
    request.on('error', (error) => resolve(noResponse(reasonOf(error, signal))))
    request.end(body)
  })
}

/** Resolves to the checked addresses, whatever the name server would now say. */
function pinnedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses
    if (all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family ?? 4)
  }
}

/** Node's and OpenSSL's codes for a failed handshake or an untrusted certificate. */
const tlsErrorCode = /^(ERR_TLS|ERR_SSL|EPROTO|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)/

function reasonOf(error: Error, signal: AbortSignal): NoResponseReason {
  if (signal.aborted) return 'TIMEOUT'
  return 'code' in error && tlsErrorCode.test(String(error.code)) ? 'TLS_FAILED' : 'CONNECTION_FAILED'
}
