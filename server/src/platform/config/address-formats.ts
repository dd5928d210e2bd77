import { isIP } from 'node:net'
import { z } from 'zod'

/** Comma-separated IP addresses and networks (CIDR). */
export const proxies = z.string().transform((text, context) => {
  const addresses = text.split(',').map((address) => address.trim())
  if (addresses.every(isAddressOrNetwork)) return addresses
  context.addIssue('must be comma-separated IP addresses or networks, such as 10.0.0.0/8,127.0.0.1')
  return z.NEVER
})

export const publicUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be a URL such as https://church.example')
  .transform((text) => text.replace(/\/+$/, ''))

/** Comma-separated origins, as browsers send them in `Origin`. */
export const allowedOrigins = z.string().transform((text, context) => {
  const origins = text.split(',').map((origin) => origin.trim())
  if (origins.every(isOrigin)) return origins
  context.addIssue(
    'must be comma-separated origins, such as https://dashboard.example,http://localhost:5173: no path, no slash at the end, no wildcard',
  )
  return z.NEVER
})

/** Compared with what a browser would send, so that a default port or an upper-case host isn't silently without effect. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes('*') && url.origin === text
}

function isAddressOrNetwork(text: string): boolean {
  const [, address, bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address ?? '')
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128)
}
