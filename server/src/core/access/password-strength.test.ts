import { afterAll, expect, test } from 'vitest'
import { createPasswordStrength } from './password-strength.ts'

const strength = createPasswordStrength()
afterAll(() => strength.close())

const context = ['paul@grace.example', 'Pastor Paul', 'Grace Church', 'ChurchHub']
const weaknessOf = (password: string) => strength.weaknessOf(password, context)

test.each([
  ['123456789012', 'common'],
  ['Password1234', 'common'],
  ['P@ssw0rd1234', 'common'],
  ['p a s s w o r d 1', 'common'],
  ['password\u00adpassword', 'common'],
  ['Summer2026!!', 'common'],
  ['JesusIsLord!', 'common'],
  ['qwertyuiopas', 'common'],
  ['aaaaaaaaaaaa', 'repeated'],
  ['aaaaaaaaaaab', 'repeated'],
  ['            ', 'repeated'],
  ['passwordpassword', 'repeated'],
  ['ｐａｓｓｗｏｒｄpassword', 'repeated'],
  ['drowssapdrowssap', 'repeated'],
  ['ab1'.repeat(85), 'repeated'],
  ['123456789012345678901234', 'repeated'],
  ['11/22/2026 11/22', 'sequence'],
  ['!@#$%^&*()_+', 'sequence'],
  ['GraceChurch2026', 'context'],
  ['Grace2026Church!', 'context'],
  ['Gr@ceChurch2026', 'context'],
  ['pastorpaul1975', 'context'],
  ['pastor paul of grace', 'context'],
  ['churchhub2026!', 'context'],
])('%j is easy to guess: %s', async (password, weakness) => {
  expect(await weaknessOf(password)).toBe(weakness)
})

test.each([
  'correct horse battery',
  'by-still-waters',
  'a very particular phrase',
  'the lord is my shepherd',
  'kt9Zq2mW4xLp',
  'xk7#mQ9!vB2z',
  'blue-river-46-moon',
  'ein stiller Fluss am Abend',
])('%j is not easy to guess', async (password) => {
  expect(await weaknessOf(password)).toBeNull()
})

test('a long password does not block the event loop', async () => {
  await weaknessOf('the thread has started')
  let turns = 0
  let isJudged = false
  const judged = weaknessOf('l33t$0e@b1@4(3107$!'.repeat(13)).finally(() => {
    isJudged = true
  })
  while (!isJudged) {
    turns += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
  await judged
  expect(turns).toBeGreaterThan(20)
})

test('refuses passwords beyond the queue limit with a retry time', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => weaknessOf('aaaaaaaaaaaa')))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(refused).toEqual(Array.from({ length: 4 }, () => 'RATE_LIMITED'))
})
