import { expect, test } from 'vitest'
import { type AuditRow, canonicalAuditRow, digestOfAuditRow } from './canonical.ts'

const row: AuditRow = {
  id: '019ab000-0000-7000-8000-000000000001',
  createdAt: new Date('2026-11-22T09:30:00.250Z'),
  userId: '019ab000-0000-7000-8000-00000000000a',
  bookingId: null,
  action: 'booking.updated',
  resource: 'booking',
  resourceId: 'b "1"',
  ipAddress: '203.0.113.7',
  userAgent: 'Agent/1.0 (ünïcode)',
  metadata: { status: 'confirmed', changed: ['title', 'startTime'], sequence: 3 },
}

// Seals in databases are computed over this text: it must never change.
test('a row has one canonical text', () => {
  expect(canonicalAuditRow(row)).toBe(
    '["v1","019ab000-0000-7000-8000-000000000001","2026-11-22T09:30:00.250Z",' +
      '"019ab000-0000-7000-8000-00000000000a",null,"booking.updated","booking","b \\"1\\"","203.0.113.7",' +
      '"Agent/1.0 (ünïcode)",{"changed":["title","startTime"],"sequence":3,"status":"confirmed"}]',
  )
  expect(digestOfAuditRow(row)).toBe('452b147cf7add000b8ebf16f4d7137f0b4156dd6da7f100f45eb320a1f8803a0')
})

test('the order of keys does not matter, the order of lists does', () => {
  const reorderedKeys = { sequence: 3, changed: ['title', 'startTime'], status: 'confirmed' }
  expect(digestOfAuditRow({ ...row, metadata: reorderedKeys })).toBe(digestOfAuditRow(row))
  const reorderedList = { ...reorderedKeys, changed: ['startTime', 'title'] }
  expect(digestOfAuditRow({ ...row, metadata: reorderedList })).not.toBe(digestOfAuditRow(row))
})

test('every field counts, and no two rows share a text', () => {
  const changes: Partial<AuditRow>[] = [
    { id: '019ab000-0000-7000-8000-000000000002' },
    { createdAt: new Date('2026-11-22T09:30:00.251Z') },
    { userId: null },
    { userId: null, bookingId: row.userId },
    { action: 'booking.cancelled' },
    { resource: 'user' },
    { resourceId: null },
    { ipAddress: null },
    { userAgent: '' },
    { userAgent: null },
    { metadata: null },
    { metadata: {} },
    { metadata: { status: 'confirmed', changed: ['title', 'startTime'], sequence: '3' } },
  ]
  const digests = [row, ...changes.map((change) => ({ ...row, ...change }))].map(digestOfAuditRow)
  expect(new Set(digests).size).toBe(changes.length + 1)
})

test('a value without a JSON form is refused, not omitted', () => {
  expect(() => canonicalAuditRow({ ...row, metadata: { a: undefined } })).toThrow(TypeError)
  expect(() => canonicalAuditRow({ ...row, metadata: { a: Number.NaN } })).toThrow(TypeError)
  expect(() => canonicalAuditRow({ ...row, metadata: { a: 1n } })).toThrow(TypeError)
})
