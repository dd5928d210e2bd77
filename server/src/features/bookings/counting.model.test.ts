import { expect, test } from 'vitest'
import { type CountedList, narrowestRefused } from './counting.model.ts'

const day = new Date('2026-03-01T00:00:00Z')

test('whoever only counts narrows by whole days, status, sensitivity and owner', () => {
  const filter = {
    startTime: { from: day, to: new Date('2026-03-02T00:00:00Z') },
    status: ['confirmed'],
    sensitivity: ['High'],
    ownerId: 'somebody',
    search: null,
  } as const
  expect(narrowestRefused({ filter })).toBeNull()
  expect(narrowestRefused({ filter: {} })).toBeNull()
  expect(narrowestRefused({ filter: { startTime: { from: day } }, after: null })).toBeNull()
})

test.each<[string, CountedList]>([
  ['filter.startTime', { filter: { startTime: { from: new Date('2026-03-01T00:00:01Z') } } }],
  ['filter.startTime', { filter: { startTime: { from: day, to: new Date('2026-03-01T09:30:00Z') } } }],
  ['filter.search', { filter: { search: 'mourning' } }],
  ['filter.whatIsNotThoughtOf', { filter: Object.assign({ search: null }, { whatIsNotThoughtOf: false }) }],
  ['after', { filter: {}, after: 'x' }],
  ['before', { filter: {}, before: 'x' }],
])('and not by %s', (name, list) => {
  expect(narrowestRefused(list)).toBe(name)
})
