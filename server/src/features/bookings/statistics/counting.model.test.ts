import { expect, test } from 'vitest'
import type { Viewer } from '../../../core/access/viewer.ts'
import { type CountedList, figureQuery, totalQuery } from './counting.model.ts'
import type { StatsInput } from './statistics.model.ts'

const counter = (role: Viewer['role']): Viewer => {
  return { kind: 'token', userId: 'somebody', role, tokenId: 'a token', scopes: new Set(['count-only']) }
}
const startTime = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') }
const fieldOf = (ask: () => object): unknown => {
  const question = ask()
  return 'rejectedArgument' in question ? question.rejectedArgument : question
}

test.each<[CountedList, unknown]>([
  [{ filter: { startTime } }, { by: null, isByMonth: false, key: null }],
  [
    { filter: { startTime, status: ['confirmed'], search: null }, after: null },
    { by: 'status', isByMonth: false, key: 'confirmed' },
  ],
  [{ filter: { sensitivity: ['High'] } }, { by: 'sensitivity', isByMonth: false, key: 'High' }],
  [{ filter: { ownerId: 'x' } }, { by: 'owner', isByMonth: false, key: 'x' }],
  [{ filter: { eventTypeId: [7] } }, { by: 'eventType', isByMonth: false, key: '7' }],
  [{ filter: { search: 'mourning' } }, 'filter.search'],
  [{ filter: { ids: ['x'] } }, 'filter.ids'],
  [{ filter: { updatedAt: startTime } }, 'filter.updatedAt'],
  [{ filter: { status: ['confirmed', 'cancelled'] } }, 'filter.status'],
  [{ filter: { status: [] } }, 'filter.status'],
  [{ filter: { status: ['confirmed'], sensitivity: ['High'] } }, 'filter.sensitivity'],
  [{ filter: Object.assign({ search: null }, { whatIsNotThoughtOf: false }) }, 'filter.whatIsNotThoughtOf'],
  [{ filter: {}, after: 'x' }, 'after'],
  [{ filter: {}, before: 'x' }, 'before'],
])('a list with an admin’s count-only token: %j', (list, expected) => {
  expect(fieldOf(() => totalQuery(counter('admin'), list))).toEqual(expected)
})

test('a pastor’s count-only token counts months, of all bookings or only its own', () => {
  expect(fieldOf(() => totalQuery(counter('pastor'), { filter: { startTime } }))).toMatchObject({ by: null })
  expect(fieldOf(() => totalQuery(counter('pastor'), { filter: { ownerId: 'x' } }))).toMatchObject({ by: 'owner' })
  expect(fieldOf(() => totalQuery(counter('pastor'), { filter: { status: ['confirmed'] } }))).toBe('filter.status')
  const asked = { filter: { startTime }, timeZone: 'UTC' }
  expect(fieldOf(() => figureQuery(counter('pastor'), { ...asked, groupBy: ['month'] }))).toMatchObject({ by: null })
  expect(fieldOf(() => figureQuery(counter('pastor'), { ...asked, groupBy: ['status'] }))).toBe('groupBy')
})

test.each<[Partial<StatsInput>, unknown]>([
  [{ groupBy: ['month'] }, { by: null, isByMonth: true, key: null }],
  [{ groupBy: ['status'] }, { by: 'status', isByMonth: false, key: null }],
  [{ groupBy: ['owner', 'month'] }, { by: 'owner', isByMonth: true, key: null }],
  [{ groupBy: ['status', 'owner'] }, 'groupBy'],
  [{ groupBy: ['day'] }, 'groupBy'],
  [{ groupBy: ['week', 'status'] }, 'groupBy'],
  [{ groupBy: ['status', 'sensitivity', 'month'] }, 'groupBy'],
  [{ groupBy: ['status'], filter: { status: ['confirmed'] } }, 'filter.status'],
  [{ groupBy: ['status'], filter: { hasSummary: false } }, 'filter.hasSummary'],
])('statistics with an admin’s count-only token: %j', (asked, expected) => {
  const question = { filter: { startTime }, groupBy: [], timeZone: 'UTC', ...asked }
  expect(fieldOf(() => figureQuery(counter('admin'), question))).toEqual(expected)
})
