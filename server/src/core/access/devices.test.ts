import { expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import { createDevices } from './devices.ts'

let nowMs = Date.parse('2026-11-22T09:00:00Z')
const open = (master = 1, secureCookies = false) =>
  createDevices({
    clock: { now: () => new Date(nowMs) },
    masterKey: new Secret(Buffer.alloc(32, master)),
    secureCookies,
  })
const devices = open()
const pairOf = (cookie: string) => cookie.split(';')[0] ?? ''
const deviceFor = (email: string) => devices.read(pairOf(devices.cookieFor(null, email)))

test('a cookie makes one browser a known device of one account for 180 days', () => {
  const anna = deviceFor('anna@church.example')
  expect(devices.isKnown(anna, 'anna@church.example')).toBe(true)
  expect(devices.isKnown(anna, 'silas@church.example')).toBe(false)
  expect(devices.isKnown(null, 'anna@church.example')).toBe(false)
  nowMs += 180 * 86_400_000
  expect(devices.isKnown(anna, 'anna@church.example')).toBe(true)
  nowMs += 86_400_000
  expect(devices.isKnown(anna, 'anna@church.example')).toBe(false)
})

test('a shared computer is known to its last five accounts, and stays one device', () => {
  let device = deviceFor('0@church.example')
  const { id } = device ?? {}
  for (const name of [1, 2, 3, 4, 4, 5])
    device = devices.read(pairOf(devices.cookieFor(device, `${name}@church.example`)))
  expect(device?.id).toBe(id)
  const known = [0, 1, 2, 3, 4, 5].filter((name) => devices.isKnown(device, `${name}@church.example`))
  expect(known).toEqual([1, 2, 3, 4, 5])
})

test('an unsigned cookie, an entry of another device and an expired entry are ignored', () => {
  const pair = pairOf(devices.cookieFor(null, 'anna@church.example'))
  expect(open(2).read(pair)).toBeNull()
  for (const header of [undefined, null, '', 'churchhub_device=', pair.slice(0, -1), `${pair}.x`, `x${pair}`]) {
    expect(devices.read(header)).toBeNull()
  }
  expect(devices.read(`theirs=%E0%A4%A; ${pair}`)).not.toBeNull()
  const other = devices.read(pairOf(devices.cookieFor(null, 'silas@church.example')))
  const [entry = ''] = devices.read(pair)?.entries ?? []
  expect(devices.isKnown({ id: other?.id ?? '', entries: [entry] }, 'anna@church.example')).toBe(false)
  const later = entry.replace(/^\d+/, (day) => String(Number(day) + 1))
  expect(devices.isKnown({ id: devices.read(pair)?.id ?? '', entries: [later] }, 'anna@church.example')).toBe(false)
})

test('the cookie is HttpOnly, and has the __Host- prefix over TLS', () => {
  expect(devices.cookieFor(null, 'anna@church.example')).toMatch(
    /^churchhub_device=[^;]+; HttpOnly; SameSite=Lax; Path=\/; Max-Age=15552000$/,
  )
  expect(open(1, true).cookieFor(null, 'anna@church.example')).toMatch(/^__Host-churchhub_device=[^;]+; .*; Secure$/)
  // The cookie contains no readable address.
  expect(devices.cookieFor(null, 'anna@church.example')).not.toMatch(/anna|church\.example/)
})
