import { describe, expect, test } from 'vitest'
import { filterOf, type Job, noFilter, reasonLabels, stateLabels, withChange } from './model.ts'

const now = new Date(2026, 10, 24, 12)
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()

const job = (overrides: Partial<Job> = {}): Job => ({
  id: 'a',
  jobType: 'GENERATE_SUMMARY',
  status: 'PENDING',
  error: null,
  attempts: 0,
  maxAttempts: 3,
  scheduledFor: null,
  startedAt: null,
  completedAt: null,
  createdAt: ago(10),
  booking: null,
  ...overrides,
})
const failed = { ...noFilter, status: 'FAILED' } as const

describe('a job’s text', () => {
  test('says what it waits for, that it is running, or how it ended', () => {
    expect(stateLabels(job(), now)).toBe('Waiting for a worker')
    expect(stateLabels(job({ attempts: 1, error: 'CONFLICT' }), now)).toBe('Waiting for another attempt')
    expect(stateLabels(job({ scheduledFor: ago(-60) }), now)).toMatch(/^Scheduled for /)
    expect(stateLabels(job({ scheduledFor: ago(60) }), now)).toBe('Waiting for a worker')
    expect(stateLabels(job({ status: 'PROCESSING', startedAt: ago(2) }), now)).toBe('Running, started 2 min ago')
    expect(stateLabels(job({ status: 'COMPLETED', completedAt: ago(3) }), now)).toBe('Done 3 min ago')
    expect(stateLabels(job({ status: 'FAILED', error: 'LOST', completedAt: ago(3) }), now)).toBe('Failed 3 min ago')
    expect(stateLabels(job({ status: 'FAILED', error: 'CANCELLED', completedAt: ago(3) }), now)).toBe(
      'Cancelled 3 min ago',
    )
  })

  test('gives the reason as text, or as the code of a newer server', () => {
    expect(reasonLabels(job({ error: 'LOST' }))).toBe('Its worker stopped before the job was done.')
    expect(reasonLabels(job({ error: 'SOMETHING_NEW' }))).toBe('SOMETHING_NEW')
    expect(reasonLabels(job({ error: 'CANCELLED' }))).toBeNull()
    expect(reasonLabels(job())).toBeNull()
  })
})

describe('a live update', () => {
  const rows = [job({ id: 'c', createdAt: ago(1) }), job({ id: 'b', createdAt: ago(5) })]

  test('replaces the older version of the job', () => {
    const changed = job({ id: 'b', status: 'COMPLETED', createdAt: ago(5) })
    expect(withChange(rows, changed, noFilter)).toEqual([rows[0], changed])
  })

  test('is inserted at the top if new, and ignored if its page was not loaded', () => {
    const added = job({ id: 'd', createdAt: ago(0) })
    expect(withChange(rows, added, noFilter)).toEqual([added, ...rows])
    expect(withChange([], added, noFilter)).toEqual([added])
    expect(withChange(rows, job({ id: 'old', createdAt: ago(99) }), noFilter)).toBe(rows)
  })

  test('removes a job that no longer matches the filter, and adds none that does not', () => {
    const broken = [job({ id: 'b', status: 'FAILED' })]
    expect(withChange(broken, job({ id: 'b' }), failed)).toEqual([])
    expect(withChange(broken, job({ id: 'd', createdAt: ago(0) }), failed)).toBe(broken)
  })
})

test('a selection becomes the API’s filter', () => {
  expect(filterOf(noFilter)).toEqual({})
  expect(filterOf({ status: 'FAILED', jobType: 'SEND_REMINDER' })).toEqual({
    status: ['FAILED'],
    jobType: ['SEND_REMINDER'],
  })
})
