import { type Accessor, createSignal, onCleanup } from 'solid-js'
import type { ContactLink } from '../../lib/contact-link.ts'
import type { Problem } from '../../lib/problem.ts'

/** A question and its answer. */
type Answer = Readonly<{ label: string; values: readonly (string | ContactLine)[] }>

/** A person, and how to call or write to them. */
export type ContactLine = Readonly<{ name: string | null; links: readonly ContactLink[] }>

/** A decrypted text as shown. `paragraphs` are free text, `answers` have a label each. */
export type DecryptedText = Readonly<{
  paragraphs: readonly string[]
  answers: readonly Answer[]
  /** The text mentions danger to somebody. */
  isUrgent?: boolean
}>

/** The state of one encrypted item. */
type EncryptedState =
  | Readonly<{ name: 'closed' }>
  | Readonly<{ name: 'opening' }>
  | Readonly<{ name: 'refused'; problem: Problem }>
  | Readonly<{ name: 'open'; text: DecryptedText }>

/** The result of a request to decrypt: the text, or the problem. */
export type Opened = Readonly<{ text: DecryptedText }> | Readonly<{ problem: Problem }>

/** The decrypted texts of one panel. */
export type EncryptedTexts = Readonly<{
  stateOf: (key: string) => EncryptedState
  /** Decrypts the item `key` and shows it, unless everything was cleared meanwhile. */
  open: (key: string, read: () => Promise<Opened>) => Promise<void>
  close: (key: string) => void
  /** Clears all texts at once. */
  clear: () => void
  /** Seconds until the texts are cleared for inactivity; null if nothing is open. */
  secondsLeft: Accessor<number | null>
}>

const closed: EncryptedState = { name: 'closed' }
const noStates: ReadonlyMap<string, EncryptedState> = new Map()
const activityEvents = ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchmove', 'wheel'] as const

/**
 * The only place in the client that holds plaintext: a single signal. It is cleared when its owner (the panel) is
 * disposed, when the page is left or frozen, and after `idleSeconds` of inactivity.
 */
export function createEncryptedTexts(options: Readonly<{ idleSeconds?: number }> = {}): EncryptedTexts {
  const idleMs = (options.idleSeconds ?? 60) * 1000
  const [states, setStates] = createSignal(noStates)
  const [secondsLeft, setSecondsLeft] = createSignal<number | null>(null)
  let lastActivity = 0
  // A response that arrives after clearing must not restore the text.
  let generation = 0
  let ticker: ReturnType<typeof setInterval> | undefined

  const setItemState = (key: string, state: EncryptedState) => setStates((known) => new Map(known).set(key, state))

  const stopTicking = () => {
    clearInterval(ticker)
    ticker = undefined
    setSecondsLeft(null)
  }

  const clear = () => {
    generation += 1
    setStates(noStates)
    stopTicking()
  }

  // By wall-clock time, not by counting ticks: a locked phone suspends timers.
  const checkIdle = () => {
    if (ticker === undefined) return
    const remainingMs = lastActivity + idleMs - Date.now()
    if (remainingMs <= 0) clear()
    else setSecondsLeft(Math.ceil(remainingMs / 1000))
  }

  const use = () => {
    checkIdle()
    if (ticker === undefined) return
    lastActivity = Date.now()
    checkIdle()
  }

  const startTicking = () => {
    lastActivity = Date.now()
    ticker ??= setInterval(checkIdle, 1000)
    checkIdle()
  }

  for (const sign of activityEvents) {
    document.addEventListener(sign, use, { capture: true, passive: true })
    onCleanup(() => document.removeEventListener(sign, use, { capture: true }))
  }
  document.addEventListener('visibilitychange', checkIdle)
  onCleanup(() => document.removeEventListener('visibilitychange', checkIdle))
  for (const event of ['pagehide', 'freeze'] as const) {
    // A page in the back-forward cache keeps its memory, so clear the text first.
    window.addEventListener(event, clear)
    onCleanup(() => window.removeEventListener(event, clear))
  }
  onCleanup(clear)

  return {
    stateOf: (key) => states().get(key) ?? closed,
    open: async (key, read) => {
      const asked = generation
      setItemState(key, { name: 'opening' })
      const opened = await read()
      if (asked !== generation) return
      if ('problem' in opened) {
        setItemState(key, { name: 'refused', problem: opened.problem })
        return
      }
      setItemState(key, { name: 'open', text: opened.text })
      startTicking()
    },
    close: (key) => {
      setItemState(key, closed)
      if (![...states().values()].some((state) => state.name === 'open')) stopTicking()
    },
    clear,
    secondsLeft,
  }
}
