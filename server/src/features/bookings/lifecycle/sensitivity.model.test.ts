import { describe, expect, test } from 'vitest'
import { asksForAnonymity, isGrave, sensitivityOf } from './sensitivity.model.ts'

describe('a word that raises the sensitivity', () => {
  test.each([
    'I sometimes think of suicide',
    'She is self-harming.',
    'I want to end my life',
    'I don’t want to live any more',
    'I was ABUSED as a child',
    'my husband   hits me',
    'There is violence at home',
    'he is addicted to painkillers',
    'I relapsed last week',
    'I had an affair',
    'we are getting divorced',
    'about our divorce.',
    'I gambled it all away',
    'rape',
  ])('%s', (text) => expect(isGrave(text)).toBe(true))
})

describe('a word that only looks like one', () => {
  test.each([
    'I want to improve my communication skills',
    'a therapist recommended you',
    'drapes for the hall',
    'current affairs group',
    'Grace and Will will come',
    'questions about baptism',
    'Our house group needs help',
    '',
  ])('%s', (text) => expect(isGrave(text)).toBe(false))
})

test('the pastor’s setting takes precedence, then a grave word, then the event type’s; Medium by default', () => {
  const of = (pastor: 'Low' | null, eventType: 'Low' | 'High' | null, grave: boolean) =>
    sensitivityOf({ pastor, eventType, isGrave: grave })
  expect(of('Low', 'High', true)).toBe('Low')
  expect(of(null, 'Low', true)).toBe('High')
  expect(of(null, 'Low', false)).toBe('Low')
  expect(of(null, 'High', false)).toBe('High')
  expect(of(null, null, false)).toBe('Medium')
})

test.each([
  ['anonymous', 'Yes', true],
  ['stay-anonymous', 'true', true],
  ['is_anonymous', 'Yes', true],
  ['anonymous', 'No', false],
  ['anonymous-donation-amount', 'Yes', false],
])('the question %s answered with %s requests anonymity: %s', (slug, value, asked) => {
  expect(asksForAnonymity([{ slug, values: [value] }])).toBe(asked)
})
