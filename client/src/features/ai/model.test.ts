import { expect, test } from 'vitest'
import { agreedMessage, failureMessages, inputOf, lapsedMessage, segmentsOf, testResultText } from './model.ts'

test('a preview distinguishes placeholders from other text', () => {
  expect(segmentsOf('Meet [PERSON_1] and [PERSON_2].')).toEqual([
    { text: 'Meet ', isPlaceholder: false },
    { text: '[PERSON_1]', isPlaceholder: true },
    { text: ' and ', isPlaceholder: false },
    { text: '[PERSON_2]', isPlaceholder: true },
    { text: '.', isPlaceholder: false },
  ])
})

test('a test reports the failure or the duration', () => {
  const trial = { isReachable: true, failure: null, isSlow: false, tookMilliseconds: 1_234, text: 'A summary.' }
  expect(testResultText(trial)).toBe('It responded in 1.2 seconds.')
  expect(testResultText({ ...trial, isSlow: true, tookMilliseconds: 12_000 })).toContain('slow')
  expect(testResultText({ ...trial, failure: 'WRONG_KEY' })).toBe(failureMessages.WRONG_KEY)
})

test('a form yields the API’s input: an unchecked box is false', () => {
  const form = new FormData()
  for (const [name, value] of Object.entries({
    provider: 'OPENAI',
    model: ' gpt-4o-mini ',
    maxTokens: '500',
    temperature: '0.2',
    promptTemplate: '{{form}}',
    retentionDays: '30',
    isActive: 'on',
  }))
    form.set(name, value)
  expect(inputOf(form)).toEqual({
    provider: 'OPENAI',
    model: 'gpt-4o-mini',
    maxTokens: 500,
    temperature: 0.2,
    promptTemplate: '{{form}}',
    piiDetection: false,
    retentionDays: 30,
    isActive: true,
  })
})

test('the reason a consent lapsed is one sentence, whatever changed', () => {
  expect(lapsedMessage(['MODEL'])).toBe('The model changed since you agreed.')
  expect(lapsedMessage(['MODEL', 'ADDRESS'])).toBe('The model and address changed since you agreed.')
  expect(lapsedMessage(['PROVIDER', 'MODEL', 'MASKING'])).toBe(
    'The provider, model and masking changed since you agreed.',
  )
  expect(lapsedMessage([])).toBe('The terms you agreed to were changed, and then changed back.')
})

test('the consents are counted without names', () => {
  expect([0, 1, 7].map(agreedMessage)).toEqual([
    'No pastor has agreed yet.',
    '1 pastor has agreed.',
    '7 pastors have agreed.',
  ])
})
