import { expect, test } from 'vitest'
import { type BriefMetadata, writtenBy } from './model.ts'

const byRules: BriefMetadata = { method: 'RULE_BASED', provider: null, model: null, fallbackReason: null }

test('a brief says who wrote it, and why rules replaced the model', () => {
  expect(writtenBy(byRules)).toBe('by rules')
  expect(writtenBy({ ...byRules, method: 'AI_GENERATED', provider: 'LOCAL', model: 'llama3.2' })).toBe(
    'by llama3.2 (the church’s own server)',
  )
  expect(writtenBy({ ...byRules, provider: 'OPENAI', model: 'gpt-4o-mini', fallbackReason: 'TIMEOUT' })).toBe(
    'by rules, because the model took too long',
  )
})
