import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'

/** The target is a blocked address. The message doesn't include the URL, which may be secret. */
export class ForbiddenAddressError extends Error {}

/** The response exceeds the size limit. */
export class ResponseTooLargeError extends Error {}

export type GuardedFetchOptions = Readonly<{
  mayReach(address: string): boolean
  /** A longer response is aborted. */
  maxResponseBytes: number
}>

/**
 * A `fetch` for services whose address is a setting. It connects to no address that `mayReach` refuses, checked at
 * connection time to prevent DNS rebinding; it follows no redirects and limits the response size. The signal covers the
 * whole request.
 */
export function createGuardedFetch({ mayReach, maxResponseBytes }: GuardedFetchOptions): typeof fetch {
  return async (input, init) => {
    const outgoing = new Request(input, init)
    const url = new URL(outgoing.url)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !mayReach(host)) throw new ForbiddenAddressError("This address isn't allowed.")
    const body = Buffer.from(await outgoing.arrayBuffer())
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method: outgoing.method,
        headers: { ...Object.fromEntries(outgoing.headers), 'content-length': body.length },
        // A kept-alive connection would bypass the address check of this request.
        agent: false,
        lookup: guardedLookup(mayReach),
        signal: outgoing.signal,
      })
      request.once('error', reject)
      request.once('response', (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > maxResponseBytes) response.destroy(new ResponseTooLargeError('The response is too long.'))
          else chunks.push(chunk)
        })
        response.once('error', reject)
        response.once('end', () => {
          const status = response.statusCode ?? 502
          const hasNoBody = status === 204 || status === 304
          const headers = new Headers({ 'content-type': response.headers['content-type'] ?? '' })
          const retryAfter = response.headers['retry-after']
          if (retryAfter !== undefined) headers.set('retry-after', retryAfter)
          resolve(new Response(hasNoBody ? null : Buffer.concat(chunks), { status, headers }))
        })
      })
      request.end(body)
    })
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

function guardedLookup(mayReach: (address: string) => boolean) {
  return (host: string, options: LookupOptions, callback: LookupCallback) => {
    systemLookup(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || first === undefined) return callback(error ?? new Error('The host has no address.'), [])
      // DNS rebinding mixes one bad address with good ones, so all must be allowed.
      if (!addresses.every(({ address }) => mayReach(address))) {
        return callback(new ForbiddenAddressError("This address isn't allowed."), [])
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}
