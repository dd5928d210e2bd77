import type { IncomingMessage } from 'node:http'

/**
 * Whether a request may use the cookie it carries: false when a browser says that another site's page made it.
 *
 * Programs send neither header and hold no cookie they were not given. `Sec-Fetch-Site` can't be set by a page.
 *
 * @param publicOrigins - the origins that ChurchHub is reached under
 */
export function isSameOrigin(request: IncomingMessage, publicOrigins: ReadonlySet<string>): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const origin = request.headers.origin
  return origin === undefined || publicOrigins.has(origin) || isOwnHost(origin, request.headers.host)
}

function isOwnHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
