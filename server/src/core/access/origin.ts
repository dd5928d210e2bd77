import { isIP } from 'node:net'
import type { Origin } from './viewer.ts'

const MAX_USER_AGENT_LENGTH = 512

/**
 * Makes an origin for the audit log from request metadata. An address that PostgreSQL's `inet` can't hold becomes null,
 * and a long user agent is truncated: no input may make the log refuse a row.
 */
export function originOf(address: string | null | undefined, userAgent: string | null | undefined): Origin {
  // A link-local IPv6 address may have a zone: fe80::1%eth0.
  const ipAddress = address?.split('%')[0] ?? ''
  const agent = userAgent?.replaceAll('\0', '').slice(0, MAX_USER_AGENT_LENGTH).toWellFormed()
  return { ipAddress: isIP(ipAddress) === 0 ? null : ipAddress, userAgent: agent || null }
}
