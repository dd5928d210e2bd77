import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { dayMs } from '../../platform/durations.ts'
import type { Secret } from '../../platform/secret.ts'

/** A browser that somebody has signed in from: its random id, and a signed entry for each account. */
export type Device = Readonly<{ id: string; entries: readonly string[] }>

/**
 * Device cookies, as the OWASP cheat sheet on authentication proposes them: a browser that an account was entered from
 * keeps a signed cookie, and attempts from it are counted apart from everybody else's. The cookie lets nobody in.
 */
export type Devices = Readonly<{
  /** The device in a Cookie header. Null where there is none, or where this server did not sign it. */
  read(header: string | null | undefined): Device | null
  /** Whether the account with this address was entered from this device within the last 180 days. */
  isKnown(device: Device | null | undefined, email: string): boolean
  /** The Set-Cookie value that makes this device known to the account; a new device where there was none. */
  cookieFor(device: Device | null | undefined, email: string): string
}>

type DevicesOptions = Readonly<{
  clock: Clock
  /** The master key; the key for this is derived from it. With another one every device is unknown again. */
  masterKey: Secret<Buffer>
  secureCookies: boolean
}>

const knownDays = 180

/** Accounts that one browser can be known to: enough for a shared computer in an office. */
const mostAccounts = 5

const format = /^1\.([\w-]{22})\.([\w-]{43})((?:\.\d{1,6}-[\w-]{43}){0,5})$/

/** Opens the making and checking of device cookies. docs/decisions/020-how-often-somebody-may-guess.md has the reasons. */
export function createDevices({ clock, masterKey, secureCookies }: DevicesOptions): Devices {
  const secret = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub devices v1', 32))
  const name = secureCookies ? '__Host-churchhub_device' : 'churchhub_device'
  const today = () => Math.floor(clock.now().getTime() / dayMs)

  const sign = (...words: readonly (string | number)[]) =>
    createHmac('sha256', secret).update(JSON.stringify(words)).digest('base64url')

  function isSigned(signature: string, ...words: readonly (string | number)[]): boolean {
    const expected = Buffer.from(sign(...words))
    const given = Buffer.from(signature)
    return given.length === expected.length && timingSafeEqual(given, expected)
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
      const entries = [entryFor(id, email, today() + knownDays), ...others].slice(0, mostAccounts)
      const value = ['1', id, sign('device', id), ...entries].join('.')
      const attributes = ['HttpOnly', 'SameSite=Lax', 'Path=/', `Max-Age=${knownDays * 24 * 3_600}`]
      if (secureCookies) attributes.push('Secure')
      return `${name}=${value}; ${attributes.join('; ')}`
    },
  }
}
