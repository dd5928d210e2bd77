import type { IncomingMessage } from 'node:http'

/**
 * Whether a request may use its cookie: false when the browser says that another site's page made it.
 *
 * Non-browser clients send neither header and hold only cookies they were given. A page can't set `Sec-Fetch-Site`.
 *
 * @param publicOrigins - the origins ChurchHub is reached under
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
