import type { BookingRow } from './model.ts'

/** A sample row for tests; `over` overrides its fields. */
export function sampleBooking(overrides: Partial<BookingRow> = {}): BookingRow {
  return {
    id: 'b1',
    title: 'Pastoral conversation with Miriam Halloway',
    eventTypeTitle: 'Pastoral conversation',
    startTime: '2026-11-24T14:00:00.000Z',
    endTime: '2026-11-24T14:45:00.000Z',
    isEndTimeCorrected: false,
    timeZone: 'Europe/Berlin',
    duration: 45,
    location: null,
    status: 'CONFIRMED',
    sensitivity: 'MEDIUM',
    isAnonymous: false,
    isRedacted: false,
    hasIntake: true,
    attendeeCount: 1,
    attendees: [{ name: 'Miriam Halloway' }],
    owner: { id: 'u1', name: 'Ruth Adler' },
    latestSummary: { nodes: [] },
    ...overrides,
  }
}
