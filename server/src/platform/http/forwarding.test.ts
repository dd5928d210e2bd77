import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createProxyWatch, isForwarded, isLoopback } from './forwarding.ts'

const requestFrom = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage
const forwarded = { 'x-forwarded-for': '203.0.113.1' }

function watch(change: { trustedProxies?: string[]; publicUrl?: string } = {}) {
  let warnings = 0
  const options = { trustedProxies: [], publicUrl: 'http://localhost:4000', ...change }
  const watched = createProxyWatch({ ...options, onDetected: () => (warnings += 1) })
  return { ...watched, warnings: () => warnings }
}

test.each(['127.0.0.1', '10.0.0.7', '::ffff:172.17.0.1', 'fd00::1'])('a proxy at %s is detected, once', (peer) => {
  const { observe, hidesClientAddresses, warnings } = watch()
  observe(requestFrom('127.0.0.2'))
  expect(hidesClientAddresses()).toBe(false)
  for (let at = 0; at < 3; at++) observe(requestFrom(peer, forwarded))
  expect([hidesClientAddresses(), warnings()]).toEqual([true, 1])
})

test('a proxy on the internet is detected if all requests come from it', () => {
  const { observe, hidesClientAddresses } = watch()
  observe(requestFrom('8.8.8.8', { forwarded: 'for=203.0.113.1' }))
  expect(hidesClientAddresses()).toBe(true)
})

test('a visitor who forges the header is not a proxy', () => {
  const { observe, hidesClientAddresses } = watch()
  observe(requestFrom('8.8.4.4'))
  observe(requestFrom('8.8.8.8', forwarded))
  // Nor is a local client that also sends requests without it.
  observe(requestFrom('127.0.0.1'))
  observe(requestFrom('127.0.0.1', forwarded))
  expect(hidesClientAddresses()).toBe(false)
})

test('https without a trusted proxy is reported at the start; a trusted proxy never is', () => {
  expect(watch({ publicUrl: 'https://hub.church.example' }).warnings()).toBe(1)
  const { observe, warnings } = watch({
    publicUrl: 'https://hub.church.example',
    trustedProxies: ['10.0.0.0/8'],
  })
  observe(requestFrom('10.0.0.7', forwarded))
  expect(warnings()).toBe(0)
})

test('forwarded requests are recognized by their headers, and local ones by their address', () => {
  expect(isForwarded({})).toBe(false)
  for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'via']) {
    expect(isForwarded({ [name]: '' })).toBe(true)
  }
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].filter(isLoopback)).toHaveLength(4)
  expect(['10.0.0.1', '::', '0.0.0.0', undefined, '8.8.8.8', 'localhost'].filter(isLoopback)).toEqual([])
})
