import { createRoot } from 'solid-js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { problemOfCode } from '../../lib/problem.ts'
import { createEncryptedTexts, type EncryptedTexts, type Opened } from './encrypted-texts.ts'

const opened: Opened = { words: { paragraphs: ['made-up secret'], answers: [] } }
const page = { document: new EventTarget(), window: new EventTarget() }

let seals: EncryptedTexts
let dispose = () => {}
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', page.document)
  vi.stubGlobal('window', page.window)
  createRoot((end) => {
    dispose = end
    seals = createEncryptedTexts()
  })
})
afterEach(() => {
  dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const open = (key = 'summary') => seals.open(key, async () => opened)
const use = () => page.document.dispatchEvent(new Event('pointerdown'))

describe('opened words', () => {
  test('are shown, and forgotten after a minute of no use', async () => {
    await open()
    expect(seals.stateOf('summary')).toEqual({ name: 'open', ...opened })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(seals.stateOf('summary').name).toBe('open')
    expect(seals.secondsLeft()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(seals.stateOf('summary').name).toBe('closed')
    expect(seals.secondsLeft()).toBeNull()
  })

  test('stay while they are read: each sign of use begins the minute again', async () => {
    await open()
    await vi.advanceTimersByTimeAsync(50_000)
    use()
    await vi.advanceTimersByTimeAsync(50_000)
    expect(seals.stateOf('summary').name).toBe('open')
  })

  test('are not saved by a touch that comes too late, after timers stood still in a pocket', async () => {
    await open()
    vi.setSystemTime(Date.now() + 10 * 60_000)
    use()
    expect(seals.stateOf('summary').name).toBe('closed')
  })

  test('go when the page is left, frozen, or their panel goes', async () => {
    for (const leave of ['pagehide', 'freeze']) {
      await open()
      page.window.dispatchEvent(new Event(leave))
      expect(seals.stateOf('summary').name).toBe('closed')
    }
    await open()
    dispose()
    expect(seals.stateOf('summary').name).toBe('closed')
  })

  test('do not come back with an answer that arrives after they were forgotten', async () => {
    let answer = (_: Opened) => {}
    const asked = seals.open('summary', () => new Promise<Opened>((resolve) => (answer = resolve)))
    expect(seals.stateOf('summary').name).toBe('opening')
    seals.forget()
    answer(opened)
    await asked
    expect(seals.stateOf('summary').name).toBe('closed')
  })

  test('of two seals can be closed one by one', async () => {
    await open('summary')
    await open('intake')
    seals.close('summary')
    expect(seals.stateOf('intake').name).toBe('open')
    expect(seals.secondsLeft()).toBe(60)
    seals.close('intake')
    expect(seals.secondsLeft()).toBeNull()
  })
})

test('a refusal is told and starts no clock', async () => {
  const problem = problemOfCode('AUDIT_UNAVAILABLE')
  await seals.open('summary', async () => ({ problem }))
  expect(seals.stateOf('summary')).toEqual({ name: 'refused', problem })
  expect(seals.secondsLeft()).toBeNull()
})
