import { describe, expect, test } from 'vitest'
import type { AuditAction } from '../../gql/graphql.ts'
import { exportPath, filterOf, noFilter } from './choice.ts'
import { type AuditEntry, actorLabel, daysOf, destinationOf, detailsOf, labelOf, wasByToken } from './model.ts'

const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'a1',
  actionType: 'SUMMARY_READ',
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

  test('has a label, even if the server has a newer version', () => {
    expect(labelOf('SUMMARY_READ')).toBe('Opened a summary')
    for (const unknown of [null, 'SOMETHING_NEW' as AuditAction]) {
      expect(labelOf(unknown)).toBe('Something that this page doesn’t know yet')
    }
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
    actionType: ['SUMMARY_READ', 'INTAKE_READ', 'FORM_RESPONSE_READ'],
    createdAt: { from: new Date(2026, 10, 24).toISOString() },
    userId: 'u1',
  })
})

test('the file contains what the list shows', () => {
  expect(exportPath('csv', {})).toBe('/audit-log.csv')
  const from = '2026-11-24T00:00:00.000Z'
  expect(
    exportPath('jsonl', { actionType: ['SUMMARY_READ', 'INTAKE_READ'], userId: 'VXNlcjox', createdAt: { from } }),
  ).toBe('/audit-log.jsonl?action=SUMMARY_READ&action=INTAKE_READ&userId=VXNlcjox&from=2026-11-24T00%3A00%3A00.000Z')
})

test('an entry says how many bookings showed names, and how often something was refused', () => {
  const detailsOfAction = (actionType: AuditAction, metadata: unknown) => detailsOf({ actionType, metadata })
  expect(detailsOfAction('PEOPLE_READ', { via: 'answer', bookings: 1 })).toBe('The names of 1 booking')
  expect(detailsOfAction('PEOPLE_READ', { via: 'webhook', bookings: 12 })).toBe(
    'The names of 12 bookings, sent to a webhook',
  )
  expect(detailsOfAction('TOKEN_REFUSED', { reason: 'expired', count: 7 })).toBe('7 times')
  expect(detailsOfAction('TOKEN_REFUSED', { reason: 'expired', count: 1 })).toBeNull()
  expect(detailsOfAction('SESSION_SIGNED_IN', null)).toBeNull()
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
