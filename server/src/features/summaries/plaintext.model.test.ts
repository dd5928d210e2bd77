import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeBrief } from './generate/brief.model.ts'
import { type PlaintextSource, plaintextMetadata } from './plaintext.model.ts'

const source: PlaintextSource = {
  title: 'Pastoral Care between Rev. Ann Lee and Maria Santos',
  eventTypeTitle: 'Pastoral Care',
  startTime: new Date('2026-08-04T09:00:00Z'),
  timeZone: 'Europe/London',
  durationMinutes: 45,
  location: '+44 20 7946 0000',
  sensitivity: 'Medium',
  isAnonymous: false,
  attendeeNames: ['Maria Santos', 'Dr. Jorge Lima'],
  attendeeCount: 2,
}

const written = { at: new Date('2026-08-01T12:00:00Z'), method: 'rule-based' } as const

const always = {
  location: 'By phone',
  when: '2026-08-04T09:00:00.000Z',
  duration: 45,
  generatedAt: '2026-08-01T12:00:00.000Z',
  method: 'rule-based',
}

const privately = {
  topic: 'Private',
  participants: ['2 people'],
  plainText: 'Tuesday 4 August at 10:00, 45 minutes.',
}

describe('clearMetadata', () => {
  test('at Low includes the title and the people', () => {
    expect(plaintextMetadata({ ...source, sensitivity: 'Low' }, written)).toEqual({
      ...always,
      sensitivity: 'Low',
      topic: source.title,
      participants: ['Maria Santos', 'Dr. Jorge Lima'],
      plainText: 'Maria Santos and Dr. Jorge Lima: Pastoral Care. Tuesday 4 August at 10:00, 45 minutes.',
    })
  })

  test('at Medium includes the event type and first names', () => {
    expect(plaintextMetadata(source, written)).toEqual({
      ...always,
      sensitivity: 'Medium',
      topic: 'Pastoral Care',
      participants: ['Maria', 'Jorge'],
      plainText: 'Tuesday 4 August at 10:00, 45 minutes.',
    })
  })

  test('at High includes only the number of people and the time', () => {
    expect(plaintextMetadata({ ...source, sensitivity: 'High' }, written)).toEqual({
      ...always,
      ...privately,
      sensitivity: 'High',
    })
  })

  test('of an anonymous booking includes no more than at High, at any sensitivity', () => {
    const low = { ...source, sensitivity: 'Low', isAnonymous: true } as const
    expect(plaintextMetadata(low, written)).toEqual({ ...always, ...privately, sensitivity: 'Low' })
  })

  test.each([
    ['Maria', 'Maria'],
    ['Santos, Maria', 'Maria'],
    ['Rev. Dr. Maria Santos', 'Maria'],
    ['Dr. Santos', 'Guest'],
    ['maria@example.org', 'Guest'],
    ['+44 20 7946 0000', 'Guest'],
    ['  ', 'Guest'],
    ['María José Núñez', 'María'],
  ])('shortens %s to the first name %s', (name, first) => {
    const { participants } = plaintextMetadata({ ...source, attendeeNames: [name] }, written)
    expect(participants).toEqual([first])
  })

  test.each([
    ['integrations:daily', 'Online'],
    ['https://zoom.us/j/123?pwd=abc', 'Online'],
    ['+44 20 7946 0000', 'By phone'],
    ['12 Church Lane, Oldtown', 'In person'],
    [null, 'Not given'],
  ])('reduces the location %s to %s', (location, expected) => {
    expect(plaintextMetadata({ ...source, location }, written).location).toBe(expected)
  })

  test('never contains text from the attendee, nor at High part of a name, while the brief contains both', () => {
    // Words that no template contains, all different and of one length, so that finding one proves a leak.
    const word = fc.stringMatching(/^zq[a-z]{10}$/)
    const typed = fc
      .uniqueArray(word, { minLength: 5, maxLength: 5 })
      .map(([note = '', answer = '', street = '', first = '', family = '']) => ({
        note,
        answer,
        label: 'Reason',
        street,
        first,
        family,
      }))
    fc.assert(
      fc.property(typed, fc.constantFrom('High', 'Medium', 'Low'), fc.boolean(), (words, sensitivity, isAnonymous) => {
        const names = [`${words.first} ${words.family}`]
        const facts = { ...source, title: 'Pastoral Care', attendeeNames: names, location: `12 ${words.street} Lane` }
        const brief = writeBrief({
          ...facts,
          notes: words.note,
          answers: [{ slug: 'reason', label: words.label, values: [words.answer] }],
          history: null,
          urgentMatters: [],
        })
        const clear = JSON.stringify(plaintextMetadata({ ...facts, sensitivity, isAnonymous }, written))
        expect(brief).toContain(words.note)
        for (const secret of [words.note, words.answer, words.street]) expect(clear).not.toContain(secret)
        if (sensitivity !== 'Low' || isAnonymous) expect(clear).not.toContain(words.family)
        if (sensitivity === 'High' || isAnonymous) expect(clear).not.toContain(words.first)
      }),
    )
  })
})
