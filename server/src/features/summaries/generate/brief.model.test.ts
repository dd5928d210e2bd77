import { describe, expect, test } from 'vitest'
import { type BriefSource, writeBrief } from './brief.model.ts'

const source: BriefSource = {
  eventTypeTitle: 'Pastoral Care',
  startTime: new Date('2026-08-04T09:00:00Z'),
  timeZone: 'Europe/London',
  durationMinutes: 45,
  location: null,
  attendeeNames: ['Maria Santos'],
  notes: null,
  answers: [],
  history: null,
  urgentMatters: [],
}

const answer = (label: string, ...values: string[]) => ({ slug: 'question', label, values })

const cases: readonly [name: string, given: Partial<BriefSource>, text: string][] = [
  [
    'only the meeting',
    {},
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). Nothing was written in the booking form.',
  ],
  [
    'a note',
    { notes: 'We lost our mother last week' },
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). The note says: “We lost our mother last week”.',
  ],
  [
    'a note that ends with punctuation',
    { notes: 'Can you come to us?\n\nWe are at home all day.' },
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). The note says: “Can you come to us? We are at home all day.”',
  ],
  [
    'a topic and a note',
    {
      notes: 'Please call first.',
      answers: [{ slug: 'title', label: 'what_is_this_meeting_about', values: ['Baptism of Ana'] }],
    },
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). It is about “Baptism of Ana”, and the note says: “Please call first.”',
  ],
  [
    'two people, a question, a label, a key and a ticked box',
    {
      attendeeNames: ['Maria Santos', 'Jorge Santos'],
      durationMinutes: 90,
      answers: [
        { slug: 'help', label: 'How can we help?', values: ['We want to marry in June'] },
        { slug: 'language', label: 'Preferred language', values: ['Spanish', 'English'] },
        { slug: 'first_visit', label: 'first_visit', values: ['true'] },
        { slug: 'rescheduleReason', label: 'rescheduleReason', values: ['Work.'] },
      ],
    },
    'Maria Santos and Jorge Santos meet you on Tuesday 4 August at 10:00 for 1 hour 30 minutes (Pastoral Care). In the form: How can we help? “We want to marry in June”; Preferred language: “Spanish, English”; First visit: “yes”; Reschedule reason: “Work.”',
  ],
  [
    'Cal.com’s standard questions, empty answers and the repeated note omitted',
    {
      notes: 'Grief',
      answers: [
        { slug: 'name', label: 'your_name', values: ['Maria Santos'] },
        { slug: 'email', label: 'email_address', values: ['maria@example.org'] },
        { slug: 'location', label: 'location', values: ['integrations:daily'] },
        { slug: 'guests', label: 'additional_guests', values: [] },
        { slug: 'reason', label: 'Reason', values: ['  Grief '] },
        { slug: 'empty', label: 'Empty', values: ['', ' '] },
      ],
    },
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). The note says: “Grief”.',
  ],
  [
    'five people, six answers',
    {
      attendeeNames: ['A', 'B', 'C', 'D', 'E'],
      answers: ['1', '2', '3', '4', '5', '6'].map((each) => answer(`Q${each}`, each)),
    },
    'A, B and 3 others meet you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). In the form: Q1: “1”; Q2: “2”; Q3: “3”; Q4: “4”; and 2 more.',
  ],
  [
    'no names, no event type, a whole hour, an invalid time zone',
    { attendeeNames: [' '], eventTypeTitle: null, durationMinutes: 60, timeZone: 'Mars/Olympus' },
    'A guest meets you on Tuesday 4 August at 09:00 UTC for 1 hour. Nothing was written in the booking form.',
  ],
  [
    'quotation marks inside a quotation',
    { notes: 'He said "never again" and left' },
    'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). The note says: “He said ‘never again’ and left”.',
  ],
]

describe('writeBrief', () => {
  test.each(cases)('with %s', (_name, overrides, text) => {
    expect(writeBrief({ ...source, ...overrides })).toBe(text)
  })

  test('shortens a long note at a word boundary, and says so', () => {
    const text = writeBrief({ ...source, notes: 'word '.repeat(200) })
    expect(text).toMatch(/The note says: “(word )+word…”$/)
    expect(text.length).toBeLessThan(420)
  })

  test('uses no translation key of Cal.com as a label', () => {
    const keys = ['reason_for_visit', 'reason-for-visit', 'reasonForVisit', 'form.reason']
    for (const key of keys) {
      const text = writeBrief({ ...source, answers: [{ slug: key, label: key, values: ['x'] }] })
      expect(text).not.toContain(key)
    }
  })

  test('writes midnight as 00:00, and the date in the pastor’s time zone', () => {
    const text = writeBrief({ ...source, startTime: new Date('2026-08-04T22:00:00Z'), timeZone: 'Europe/Berlin' })
    expect(text).toContain('on Wednesday 5 August at 00:00')
  })
})

test('states urgency first, and the number of earlier visits after the people', () => {
  const before = { earlierMeetings: 3, lastAt: new Date('2026-07-07T09:00:00Z') }
  expect(writeBrief({ ...source, history: before, urgentMatters: ['self-harm', 'a child at risk'] })).toBe(
    'Urgent: what was written speaks of self-harm and a child at risk. Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). You met 3 times before, last on Tuesday 7 July at 10:00. Nothing was written in the booking form.',
  )
  expect(writeBrief({ ...source, history: { earlierMeetings: 1, lastAt: before.lastAt } })).toContain(
    'You met once before',
  )
  expect(writeBrief({ ...source, history: { earlierMeetings: 0, lastAt: null } })).toContain(
    'No earlier meeting is known.',
  )
})

test('finds the request in a long note even after the end of the quotation', () => {
  const notes = `${'It has been a hard year for all of us at home. '.repeat(7)}Could you come to the hospital on Friday? He sleeps.`
  expect(writeBrief({ ...source, notes })).toContain('It asks: “Could you come to the hospital on Friday?”')
  expect(writeBrief({ ...source, notes: 'Please come.' })).not.toContain('It asks')
})

test('replaces only the quotations with a provider’s text', () => {
  const urgentSource = { notes: 'We lost our mother.', urgentMatters: ['abuse'] }
  expect(writeBrief({ ...source, ...urgentSource }, 'They grieve for their mother.')).toBe(
    'Urgent: what was written speaks of abuse. Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). They grieve for their mother.',
  )
})
