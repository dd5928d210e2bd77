import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { dayMs } from '../../platform/durations.ts'
import type { Secret } from '../../platform/secret.ts'

/** A browser that has signed in before: its random ID, and a signed entry for each account. */
export type Device = Readonly<{ id: string; entries: readonly string[] }>

/**
 * Device cookies, as proposed by OWASP: a browser that has signed in to an account keeps a signed cookie, and its login
 * attempts are counted separately. The cookie grants no access.
 */
export type Devices = Readonly<{
  /** The device of a Cookie header. Null if there is none, or this server didn't sign it. */
  read(header: string | null | undefined): Device | null
  /** Whether the account with this address signed in from this device within the last 180 days. */
  isKnown(device: Device | null | undefined, email: string): boolean
  /** The Set-Cookie value that makes this device known to the account; a new device if there was none. */
  cookieFor(device: Device | null | undefined, email: string): string
}>

type DevicesOptions = Readonly<{
  clock: Clock
  /** The master key, from which the signing key is derived. Changing it makes every device unknown. */
  masterKey: Secret<Buffer>
  secureCookies: boolean
}>

const knownDays = 180

/** The maximum number of accounts per browser: enough for a shared office computer. */
const maxAccounts = 5

const format = /^1\.([\w-]{22})\.([\w-]{43})((?:\.\d{1,6}-[\w-]{43}){0,5})$/

/** Creates and verifies device cookies. Rationale: docs/decisions/020-login-throttling.md. */
export function createDevices({ clock, masterKey, secureCookies }: DevicesOptions): Devices {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub devices v1', 32))
  const name = secureCookies ? '__Host-churchhub_device' : 'churchhub_device'
  const today = () => Math.floor(clock.now().getTime() / dayMs)

  const sign = (...fields: readonly (string | number)[]) =>
    createHmac('sha256', secret).update(JSON.stringify(fields)).digest('base64url')

  function isSigned(signature: string, ...fields: readonly (string | number)[]): boolean {
    const expected = Buffer.from(sign(...fields))
    const received = Buffer.from(signature)
    return received.length === expected.length && timingSafeEqual(received, expected)
  }

  const entryFor = (id: string, email: string, untilDay: number) =>
    `${untilDay}-${sign('account', id, email, untilDay)}`

  function isEntryOf(entry: string, id: string, email: string): boolean {
    const [untilDay = '', ...signature] = entry.split('-')
    return isSigned(signature.join('-'), 'account', id, email, Number(untilDay))
  }

  return {
    read: (header) => {
      const pairs = header?.split(';').map((part) => part.trim()) ?? []
      const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
      const [, id, signature, entries = ''] = format.exec(value ?? '') ?? []
      if (id === undefined || signature === undefined || !isSigned(signature, 'device', id)) return null
      return { id, entries: entries.split('.').slice(1) }
    },

    isKnown: (device, email) =>
      device?.entries.some((entry) => Number.parseInt(entry, 10) >= today() && isEntryOf(entry, device.id, email)) ??
      false,

    cookieFor: (device, email) => {
      const id = device?.id ?? randomBytes(16).toString('base64url')
      const others = device?.entries.filter((entry) => !isEntryOf(entry, id, email)) ?? []
      const entries = [entryFor(id, email, today() + knownDays), ...others].slice(0, maxAccounts)
      const value = ['1', id, sign('device', id), ...entries].join('.')
      const attributes = ['HttpOnly', 'SameSite=Lax', 'Path=/', `Max-Age=${knownDays * 24 * 3_600}`]
      if (secureCookies) attributes.push('Secure')
      return `${name}=${value}; ${attributes.join('; ')}`
    },
  }
}
