import { expect, test } from 'vitest'
import { csv, type ExportedEntry, jsonl, parseExportQuery } from './export.model.ts'

const entry: ExportedEntry = {
  id: '019ab000-0000-7000-8000-000000000001',
  createdAt: new Date('2026-11-22T09:30:00.250Z'),
  userId: null,
  bookingId: null,
  action: 'summary.read',
  resource: 'context_summary',
  resourceId: 'a "quoted", one',
  ipAddress: '203.0.113.7',
  userAgent: 'line\r\nbreak',
  metadata: { a: 1, b: ['x'] },
}

test('CSV is quoted according to RFC 4180', () => {
  expect(csv.header).toBe('id,createdAt,userId,bookingId,action,resource,resourceId,ipAddress,userAgent,metadata\r\n')
  expect(csv.line(entry)).toBe(
    '019ab000-0000-7000-8000-000000000001,2026-11-22T09:30:00.250Z,,,summary.read,context_summary,' +
      '"a ""quoted"", one",203.0.113.7,"line\r\nbreak","{""a"":1,""b"":[""x""]}"\r\n',
  )
})

// Fails without the prefix.
test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\uFF1D1', '=HYPERLINK("http://x","y")'])(
  'a user agent can’t become a formula: %j',
  (userAgent) => {
    const line = csv.line({ ...entry, resourceId: null, metadata: null, userAgent })
    const cell = line.slice(line.indexOf('203.0.113.7,') + '203.0.113.7,'.length)
    expect(cell.replace(/^"/, '')).toMatch(/^'/)
  },
)

test('JSON Lines has one object per line, whatever it contains', () => {
  const line = jsonl.line(entry)
  expect(line.indexOf('\n')).toBe(line.length - 1)
  expect(JSON.parse(line)).toEqual({ ...entry, createdAt: '2026-11-22T09:30:00.250Z' })
  expect(jsonl.header).toBe('')
})

const actions = new Map([
  ['a.b', 'a.b'],
  ['A_B', 'a.b'],
  ['c.d', 'c.d'],
])
const parse = (query: string) => parseExportQuery(new URLSearchParams(query), actions)
const globalId = (type: string) => encodeURIComponent(Buffer.from(`${type}:${entry.id}`).toString('base64'))

test('a query string is parsed into a filter, with raw or global IDs', () => {
  expect(parse('')).toEqual({ filter: { createdAt: { from: undefined, to: undefined } } })
  expect(
    parse(
      `action=A_B&action=c.d&userId=${entry.id}&bookingId=${globalId('Booking')}&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00%2B02:00`,
    ),
  ).toEqual({
    filter: {
      action: ['a.b', 'c.d'],
      userId: entry.id,
      bookingId: entry.id,
      createdAt: { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-31T22:00:00Z') },
    },
  })
})

test.each([
  ['userId=me', 'userId'],
  ['action=a.b&action=x.y', 'action'],
  [`bookingId=${globalId('User')}`, 'bookingId'],
  [`userId=${entry.id}&userId=${entry.id}`, 'userId'],
  ['from=yesterday', 'from'],
  ['to=2026-01-01', 'to'],
  ['user=1', 'user'],
])('%s is rejected, and the error names the parameter', (query, field) => {
  expect(parse(query)).toEqual({ field })
})
