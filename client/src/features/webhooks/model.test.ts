import { describe, expect, it } from 'vitest'
import { conditionOf, documentProblemsIn, type Endpoint, outcomeOf, problemMessages } from './model.ts'

const now = new Date('2026-11-22T09:00:00Z')
const endpoint: Endpoint = {
  id: 'e',
  name: 'Wall',
  address: 'https://hooks.example.org/…',
  document: '',
  documentProblems: [],
  scopes: ['bookings:read'],
  state: 'WORKING',
  isActive: true,
  isOwn: true,
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
  lastDeliveredAt: null,
  previousSecretUntil: null,
  createdAt: now.toISOString(),
  owner: { id: 'u', name: 'Anna' },
}

describe('an endpoint’s text', () => {
  it('says its status, and what to do', () => {
    expect(conditionOf(endpoint, now)).toBe('Nothing sent yet.')
    expect(conditionOf({ ...endpoint, state: 'OFF', disabledReason: 'GONE' }, now)).toContain('410')
    expect(conditionOf({ ...endpoint, state: 'BROKEN' }, now)).toContain('Correct the document')
  })
})

describe('an attempt’s text', () => {
  const attempt = { number: 1, startedAt: now.toISOString(), durationMs: 31, statusCode: 204, errorCode: null }
  it('has the status code, and its meaning', () => {
    expect(outcomeOf(attempt)).toBe('204, in 31 ms')
    expect(outcomeOf({ ...attempt, statusCode: 500, errorCode: 'REFUSED' })).toBe('500: The receiver refused it')
    expect(outcomeOf({ ...attempt, statusCode: null, errorCode: 'TIMEOUT' })).toBe('No answer within ten seconds')
    expect(outcomeOf({ ...attempt, statusCode: null, errorCode: 'NEW_ONE' })).toBe('Error NEW_ONE')
  })
})

it('problems are read from an error only if they have the right shape', () => {
  const problem = { code: 'FORBIDDEN', message: 'No.', line: 3, column: 1, missingScope: [] }
  expect(documentProblemsIn([problem])).toEqual([problem])
  expect([documentProblemsIn(undefined), documentProblemsIn([{}])]).toEqual([null, null])
  expect([problemMessages(problem), problemMessages({ ...problem, line: null })]).toEqual(['Line 3: No.', 'No.'])
})
