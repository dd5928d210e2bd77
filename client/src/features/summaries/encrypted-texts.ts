import { type Accessor, createSignal, onCleanup } from 'solid-js'
import type { ContactLink } from '../../lib/contact-link.ts'
import type { Problem } from '../../lib/problem.ts'

/** A line of what was asked and answered. */
type Answer = Readonly<{ label: string; values: readonly (string | ContactLine)[] }>

/** Somebody, and how to call or write to them. */
export type ContactLine = Readonly<{ name: string | null; links: readonly ContactLink[] }>

/** What was under a seal, as it is shown. `paragraphs` are people's own words, `answers` have a label each. */
export type DecryptedText = Readonly<{
  paragraphs: readonly string[]
  answers: readonly Answer[]
  /** What was written speaks of danger to somebody. */
  isUrgent?: boolean
}>

/** How one sealed thing stands. */
type EncryptedState =
  | Readonly<{ name: 'closed' }>
  | Readonly<{ name: 'opening' }>
  | Readonly<{ name: 'refused'; problem: Problem }>
  | Readonly<{ name: 'open'; words: DecryptedText }>

/** What asking the server for words gives: the words, or why there are none. */
export type Opened = Readonly<{ words: DecryptedText }> | Readonly<{ problem: Problem }>

/** The words that are open in one panel. */
export type EncryptedTexts = Readonly<{
  stateOf: (key: string) => EncryptedState
  /** Asks for the words behind `key` and shows them, unless everything was forgotten while it asked. */
  open: (key: string, read: () => Promise<Opened>) => Promise<void>
  close: (key: string) => void
  /** Forgets all words at once. */
  forget: () => void
  /** Seconds until the words are forgotten for want of use; null when nothing is open. */
  secondsLeft: Accessor<number | null>
}>

const closed: EncryptedState = { name: 'closed' }
const nothing: ReadonlyMap<string, EncryptedState> = new Map()
const signsOfUse = ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchmove', 'wheel'] as const

/**
 * The one place in the client where plaintext lives: one signal, and nothing else holds it. It is emptied when its owner
 * (the panel) goes, when the page is left or frozen, and after `idleSeconds` without a sign of use.
 */
export function createEncryptedTexts(options: Readonly<{ idleSeconds?: number }> = {}): EncryptedTexts {
  const idleMs = (options.idleSeconds ?? 60) * 1000
  const [states, setStates] = createSignal(nothing)
  const [secondsLeft, setSecondsLeft] = createSignal<number | null>(null)
  let lastUse = 0
  // An answer that comes after the words were forgotten belongs to nobody: it must not bring them back.
  let generation = 0
  let ticker: ReturnType<typeof setInterval> | undefined

  const put = (key: string, state: EncryptedState) => setStates((known) => new Map(known).set(key, state))

  const stopTicking = () => {
    clearInterval(ticker)
    ticker = undefined
    setSecondsLeft(null)
  }

  const forget = () => {
    generation += 1
    setStates(nothing)
    stopTicking()
  }

  // By the wall clock, not by counting: a phone in a pocket stops timers, and the pocket counts as no use.
  const look = () => {
    if (ticker === undefined) return
    const left = lastUse + idleMs - Date.now()
    if (left <= 0) forget()
    else setSecondsLeft(Math.ceil(left / 1000))
  }

  const use = () => {
    look()
    if (ticker === undefined) return
    lastUse = Date.now()
    look()
  }

  const startTicking = () => {
    lastUse = Date.now()
    ticker ??= setInterval(look, 1000)
    look()
  }

  for (const sign of signsOfUse) {
    document.addEventListener(sign, use, { capture: true, passive: true })
    onCleanup(() => document.removeEventListener(sign, use, { capture: true }))
  }
  document.addEventListener('visibilitychange', look)
  onCleanup(() => document.removeEventListener('visibilitychange', look))
  for (const leave of ['pagehide', 'freeze'] as const) {
    // A page that goes into the browser's back-forward cache keeps its memory: the words must be gone by then.
    window.addEventListener(leave, forget)
    onCleanup(() => window.removeEventListener(leave, forget))
  }
  onCleanup(forget)

  return {
    stateOf: (key) => states().get(key) ?? closed,
    open: async (key, read) => {
      const asked = generation
      put(key, { name: 'opening' })
      const opened = await read()
      if (asked !== generation) return
      if ('problem' in opened) {
        put(key, { name: 'refused', problem: opened.problem })
        return
      }
      put(key, { name: 'open', words: opened.words })
      startTicking()
    },
    close: (key) => {
      put(key, closed)
      if (![...states().values()].some((state) => state.name === 'open')) stopTicking()
    },
    forget,
    secondsLeft,
  }
}
