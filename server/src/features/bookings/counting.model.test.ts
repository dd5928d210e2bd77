import { expect, test } from 'vitest'
import { type CountedList, countedGroup, narrowestRefused } from './counting.model.ts'

const day = new Date('2026-03-01T00:00:00Z')
const nextDay = new Date('2026-03-02T00:00:00Z')

test.each<[string, CountedList]>([
  ['nothing', { filter: {} }],
  ['whole days', { filter: { startTime: { from: day, to: nextDay } } }],
  ['days without an end', { filter: { startTime: { from: day } }, after: null }],
  ['one status', { filter: { startTime: { from: day }, status: ['confirmed'], search: null } }],
  ['one sensitivity', { filter: { sensitivity: ['High'] } }],
  ['one owner', { filter: { ownerId: 'somebody' } }],
  ['one event type', { filter: { eventTypeId: [7] } }],
])('whoever only counts may narrow by %s', (_what, list) => {
  expect(narrowestRefused(list)).toBeNull()
})

test.each<[string, CountedList]>([
  ['filter.startTime', { filter: { startTime: { from: new Date('2026-03-01T00:00:01Z') } } }],
  ['filter.startTime', { filter: { startTime: { from: day, to: new Date('2026-03-01T09:30:00Z') } } }],
  ['filter.search', { filter: { search: 'mourning' } }],
  ['filter.ids', { filter: { ids: ['x'] } }],
  ['filter.updatedAt', { filter: { updatedAt: { from: day } } }],
  ['filter.status', { filter: { status: ['confirmed', 'cancelled'] } }],
  ['filter.status', { filter: { status: [] } }],
  ['filter.sensitivity', { filter: { status: ['confirmed'], sensitivity: ['High'] } }],
  ['filter.whatIsNotThoughtOf', { filter: Object.assign({ search: null }, { whatIsNotThoughtOf: false }) }],
  ['after', { filter: {}, after: 'x' }],
  ['before', { filter: {}, before: 'x' }],
])('and not by %s', (name, list) => {
  expect(narrowestRefused(list)).toBe(name)
})

test('what it narrows to is one group of the statistics', () => {
  expect(countedGroup({ startTime: { from: day } })).toBeNull()
  expect(countedGroup({ status: ['confirmed'] })?.dimension).toBe('status')
  expect(countedGroup({ ownerId: 'somebody' })?.dimension).toBe('owner')
})
