import { expect, test } from 'vitest'
import type { KeyStatus } from '../../core/keys/key-status.ts'
import { statusLines } from './status-lines.ts'

const now = new Date('2026-03-10T12:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
const key: KeyStatus = {
  id: 'k2',
  purpose: 'seal',
  state: 'in use',
  wrappedBy: 'current',
  createdAt: hoursAgo(30),
  retiredAt: null,
  destroyedAt: null,
  values: [],
}
const retired = (hours: number, values: KeyStatus['values']): KeyStatus => ({
  ...key,
  id: 'k1',
  state: 'retired',
  retiredAt: hoursAgo(hours),
  values,
})
const reportOn = (old: KeyStatus) => statusLines({ keys: [old, key], lost: [] }, now, 90 * 86_400)
const oneValue = [{ column: 'bookings.intake', keyId: 'k1', values: 1 }] as unknown as KeyStatus['values'] // any column

test('a retired key that still holds a value after a day needs attention', () => {
  const { lines, isHealthy } = reportOn(retired(25, oneValue))
  expect(isHealthy).toBe(false)
  expect(lines.at(-1)).toMatch(/^ATTENTION: 1 values in bookings\.intake are still under the retired key k1\./)
})

test('a retired key that is being emptied, or is empty, needs none', () => {
  expect(reportOn(retired(1, oneValue)).isHealthy).toBe(true)
  expect(reportOn(retired(25, [])).isHealthy).toBe(true)
})
