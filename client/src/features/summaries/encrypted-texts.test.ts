import { createRoot } from 'solid-js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { problemOfCode } from '../../lib/problem.ts'
import { createEncryptedTexts, type EncryptedTexts, type Opened } from './encrypted-texts.ts'

const opened: Opened = { text: { paragraphs: ['made-up secret'], answers: [] } }
const page = { document: new EventTarget(), window: new EventTarget() }

let texts: EncryptedTexts
let dispose = () => {}
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', page.document)
  vi.stubGlobal('window', page.window)
  createRoot((end) => {
    dispose = end
    texts = createEncryptedTexts()
  })
})
afterEach(() => {
  dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const open = (key = 'summary') => texts.open(key, async () => opened)
const use = () => page.document.dispatchEvent(new Event('pointerdown'))

describe('decrypted text', () => {
  test('is shown, and cleared after a minute of inactivity', async () => {
    await open()
    expect(texts.stateOf('summary')).toEqual({ name: 'open', ...opened })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(texts.stateOf('summary').name).toBe('open')
    expect(texts.secondsLeft()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(texts.stateOf('summary').name).toBe('closed')
    expect(texts.secondsLeft()).toBeNull()
  })

  test('stays while being read: each sign of activity restarts the minute', async () => {
    await open()
    await vi.advanceTimersByTimeAsync(50_000)
    use()
    await vi.advanceTimersByTimeAsync(50_000)
    expect(texts.stateOf('summary').name).toBe('open')
  })

  test('is not kept by late activity after timers were suspended', async () => {
    await open()
    vi.setSystemTime(Date.now() + 10 * 60_000)
    use()
    expect(texts.stateOf('summary').name).toBe('closed')
  })

  test('is cleared when the page is left or frozen, or its panel closes', async () => {
    for (const event of ['pagehide', 'freeze']) {
      await open()
      page.window.dispatchEvent(new Event(event))
      expect(texts.stateOf('summary').name).toBe('closed')
    }
    await open()
    dispose()
    expect(texts.stateOf('summary').name).toBe('closed')
  })

  test('is not restored by a response that arrives after clearing', async () => {
    let answer = (_: Opened) => {}
    const asked = texts.open('summary', () => new Promise<Opened>((resolve) => (answer = resolve)))
    expect(texts.stateOf('summary').name).toBe('opening')
    texts.clear()
    answer(opened)
    await asked
    expect(texts.stateOf('summary').name).toBe('closed')
  })

  test('of two items can be closed one by one', async () => {
    await open('summary')
    await open('intake')
    texts.close('summary')
    expect(texts.stateOf('intake').name).toBe('open')
    expect(texts.secondsLeft()).toBe(60)
    texts.close('intake')
    expect(texts.secondsLeft()).toBeNull()
  })
})

test('a refusal is shown and starts no timer', async () => {
  const problem = problemOfCode('AUDIT_UNAVAILABLE')
  await texts.open('summary', async () => ({ problem }))
  expect(texts.stateOf('summary')).toEqual({ name: 'refused', problem })
  expect(texts.secondsLeft()).toBeNull()
})
