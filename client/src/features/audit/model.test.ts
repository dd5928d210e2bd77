import { describe, expect, test } from 'vitest'
import { auditActions } from '../../../../server/src/core/audit/actions.ts'
import { exportPath, filterOf, noFilter } from './choice.ts'
import { type AuditEntry, actorLabel, daysOf, destinationOf, detailsOf, labelOf, wasByToken } from './model.ts'

const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'a1',
  action: 'summary.read',
  resource: 'context_summary',
  createdAt: '2026-11-24T12:00:00.000Z',
  ipAddress: '192.0.2.1',
  userAgent: null,
  user: { id: 'u1', name: 'Ruth Adler' },
  booking: null,
  metadata: null,
  ...overrides,
})

describe('a row of the log', () => {
  test('names the person, the server, or nobody', () => {
    expect(actorLabel(entry())).toBe('Ruth Adler')
    expect(actorLabel(entry({ user: null, ipAddress: null }))).toBe('ChurchHub itself')
    expect(actorLabel(entry({ user: null }))).toBe('Not signed in')
  })

  test('says if an API token was used', () => {
    expect(wasByToken(entry({ metadata: { tokenId: 't1' } }))).toBe(true)
    expect(wasByToken(entry({ metadata: { reason: 'forbidden' } }))).toBe(false)
    expect(wasByToken(entry())).toBe(false)
  })

  test('shows an action without a label by its name', () => {
    expect(labelOf('summary.read')).toBe('Opened a summary')
    expect(labelOf('something.new')).toBe('something.new')
  })

  test('has a label for every action of the server', () => {
    expect(Object.keys(auditActions).filter((action) => labelOf(action) === action)).toEqual([])
  })
})

test('rows are grouped by day in their order', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString()
  const entries = [
    entry({ id: 'a', createdAt: at(24, 9) }),
    entry({ id: 'b', createdAt: at(24, 1) }),
    entry({ id: 'c', createdAt: at(23, 23) }),
  ]
  expect(daysOf(entries).map((day) => day.entries.map((each) => each.id))).toEqual([['a', 'b'], ['c']])
})

test('a selection becomes the API’s filter', () => {
  const now = new Date(2026, 10, 24, 15)
  expect(filterOf(noFilter, now)).toEqual({})
  expect(filterOf({ group: 'reads', period: 'today', person: { id: 'u1', name: 'Ruth Adler' } }, now)).toEqual({
    action: ['summary.read', 'intake.read', 'form_response.read'],
    createdAt: { from: new Date(2026, 10, 24).toISOString() },
    userId: 'u1',
  })
})

test('the file contains what the list shows', () => {
  expect(exportPath('csv', {})).toBe('/audit-log.csv')
  const from = '2026-11-24T00:00:00.000Z'
  expect(
    exportPath('jsonl', { action: ['summary.read', 'intake.read'], userId: 'VXNlcjox', createdAt: { from } }),
  ).toBe('/audit-log.jsonl?action=summary.read&action=intake.read&userId=VXNlcjox&from=2026-11-24T00%3A00%3A00.000Z')
})

test('an entry says how many bookings showed names, and how often something was refused', () => {
  const detailsOfAction = (action: string, metadata: unknown) => detailsOf({ action, metadata })
  expect(detailsOfAction('people.read', { via: 'answer', bookings: 1 })).toBe('The names of 1 booking')
  expect(detailsOfAction('people.read', { via: 'webhook', bookings: 12 })).toBe(
    'The names of 12 bookings, sent to a webhook',
  )
  expect(detailsOfAction('token.refused', { reason: 'expired', count: 7 })).toBe('7 times')
  expect(detailsOfAction('token.refused', { reason: 'expired', count: 1 })).toBeNull()
  expect(detailsOfAction('session.signed_in', null)).toBeNull()
})

test('a sent text shows the recipient, the address, and whether it was masked', () => {
  const metadata = { provider: 'openai', model: 'gpt-4o-mini', address: 'https://api.openai.com', isMasked: true }
  expect(destinationOf({ metadata })).toBe('To OpenAI, gpt-4o-mini, at https://api.openai.com, masked')
  const { model: _model, ...unnamed } = metadata
  expect(destinationOf({ metadata: { ...unnamed, isMasked: false } })).toBe(
    'To OpenAI, at https://api.openai.com, not masked',
  )
  expect(destinationOf({ metadata: { changed: ['model'] } })).toBeNull()
  expect(destinationOf({ metadata: null })).toBeNull()
})
