import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'

/** What makes a password easy to guess. */
export type PasswordWeakness = 'repeated' | 'common' | 'sequence' | 'context' | 'guessable'

/** Only the first characters are judged: if they are strong, so is the password. */
const maxJudgedLength = 40

/**
 * The minimum number of guesses, as a power of ten; also required of the password without symbols, and without the
 * account's own words.
 */
const minGuesses = 10
const minGuessesOfRest = 8

const zxcvbn = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs })

/**
 * Says what makes a password easy to guess, or null. Takes up to a second of CPU time: call it in a worker thread.
 *
 * @param context - texts that an attacker would try: the account's name, address and church
 */
export function judgePassword(password: string, context: readonly string[]): PasswordWeakness | null {
  const normalized = password.normalize('NFKC')
  const judged = normalized.slice(0, maxJudgedLength)
  if (isRepeated(judged)) return 'repeated'
  const words = wordsOf(context)
  const plain = lettersOf(judged)
  if (plain === '') return 'sequence'
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), plain.toLowerCase())
  if (rest.length < plain.length && guessesOf(rest, words) < minGuessesOfRest) return 'context'
  const verdict = zxcvbn.check(judged, [...words])
  if (verdict.guessesLog10 >= minGuesses && guessesOf(plain, words) >= minGuessesOfRest) return null
  return weaknessIn(verdict.guessesLog10 >= minGuesses ? zxcvbn.check(plain, [...words]).sequence : verdict.sequence)
}

function guessesOf(text: string, words: readonly string[]): number {
  return text === '' ? 0 : zxcvbn.check(text, [...words]).guessesLog10
}

/** A short segment repeated, possibly truncated or followed by one or two characters. */
function isRepeated(text: string): boolean {
  const [, segment = ''] = /^(.{1,11}?)\1+(.{0,2}|(?<rest>.{3,10}))$/su.exec(text) ?? []
  return segment !== '' && segment.repeat(text.length).startsWith(text.slice(0, text.length - 2))
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '')
}

/** The words of the context and each text without separators, longest first. */
function wordsOf(context: readonly string[]): readonly string[] {
  const texts = context.map((text) => text.normalize('NFKC').toLowerCase())
  const words = texts.flatMap((text) => [lettersOf(text), ...text.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set(words)].filter((word) => word.length >= 3).sort((one, other) => other.length - one.length)
}

type Match = Readonly<{ pattern: string; dictionaryName?: string; token: string }>

function weaknessIn(sequence: readonly Match[]): PasswordWeakness {
  const longest = [...sequence].sort((one, other) => other.token.length - one.token.length)[0]
  if (sequence.some(({ dictionaryName }) => dictionaryName === 'userInputs')) return 'context'
  if (longest?.pattern === 'repeat') return 'repeated'
  if (longest?.pattern === 'sequence' || longest?.pattern === 'spatial' || longest?.pattern === 'date')
    return 'sequence'
  return sequence.some(({ pattern }) => pattern === 'dictionary') ? 'common' : 'guessable'
}
