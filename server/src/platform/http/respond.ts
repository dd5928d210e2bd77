import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Ends a response with JSON. */
export function respondJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
) {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(JSON.stringify(body))
}

/** Ends a response with one error in GraphQL's error format. */
export function respondError(response: ServerResponse, status: number, code: string, message: string): void {
  respondJson(response, status, { errors: [{ message, extensions: { code } }] })
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // FullCalendar and Kobalte set style attributes; styles can't run code.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Security headers for every response: no third-party resources, no framing, no MIME sniffing, no caching. */
export function setSecurityHeaders(response: ServerResponse, isSecure: boolean): void {
  response.setHeader('content-security-policy', contentSecurityPolicy)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  response.setHeader('permissions-policy', 'camera=(), microphone=(), geolocation=()')
  if (isSecure) response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains')
}
