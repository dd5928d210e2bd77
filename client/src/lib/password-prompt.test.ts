import { expect, test } from 'vitest'
import { createPasswordPrompt } from './password-prompt.ts'

test('two simultaneous changes prompt once and share the answer', async () => {
  const prompt = createPasswordPrompt()
  const both = Promise.all([prompt.ask(), prompt.ask()])
  expect(prompt.isAsked()).toBe(true)
  prompt.answer(true)
  expect(await both).toEqual([true, true])
  expect(prompt.isAsked()).toBe(false)
})

test('the next change prompts again, and a cancelled one is not made', async () => {
  const prompt = createPasswordPrompt()
  const first = prompt.ask()
  prompt.answer(false)
  expect(await first).toBe(false)
  const second = prompt.ask()
  expect(prompt.isAsked()).toBe(true)
  prompt.answer(true)
  expect(await second).toBe(true)
})
