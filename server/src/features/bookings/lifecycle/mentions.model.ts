import { numberInAddress } from './contacts.model.ts'
import { normalizeText } from './urgency.model.ts'

/** By what somebody of a booking can be recognized: names, mail addresses, and phone numbers as their digits. */
export type Mentions = Readonly<{
  /** Whole names, their letters and digits only. */
  names: readonly string[]
  /** The parts of names that have three letters or more. */
  parts: readonly string[]
  addresses: readonly string[]
  numbers: readonly string[]
}>

/** What is known of the people of a booking, wherever it stands. */
export type Known = Readonly<{
  names: readonly (string | null)[]
  addresses: readonly (string | null)[]
  numbers: readonly (string | null)[]
  /** What was typed: addresses and numbers in it are somebody's too. */
  texts: readonly string[]
}>

const shortestPart = 3
/** A shorter part of a name stands within too many words: "Mark" in "market". */
const shortestWithin = 4
const shortestNumber = 6

/** Parts of names that are nobody's: they stand in any title. */
const particles = new Set(['and', 'und', 'the', 'van', 'von', 'der', 'den', 'del', 'des', 'dos', 'mrs', 'herr', 'frau'])

const address = /[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+\.[^\s@<>()[\],;:"]+/gu
const number = /\+?\d(?:[\s()./-]{0,2}\d){5,}/gu

/** Everything that would tell who comes to a booking. */
export function mentionsOf({ names, addresses, numbers, texts }: Known): Mentions {
  const typed = texts.join('\n')
  const all = [...addresses, ...(typed.match(address) ?? []), ...(names.join('\n').match(address) ?? [])].filter(
    (each) => each !== null,
  )
  const whole = names.filter((name) => name !== null).map(squeezed)
  const parts = names.flatMap((name) => (name === null ? [] : wordsOf(name)))
  const locals = all.map((each) => each.slice(0, each.indexOf('@')))
  const told = [...numbers, ...(typed.match(number) ?? []), ...all.map(numberInAddress)]
  return {
    names: unique(whole.filter((name) => name.length >= shortestPart)),
    parts: unique([...parts, ...locals.flatMap(wordsOf)].filter(isTelling)),
    addresses: unique([...all.map(squeezed), ...locals.map(squeezed).filter((local) => local.length >= shortestPart)]),
    numbers: unique(told.flatMap((each) => (each === null ? [] : digitsOf(each).slice(-9)))).filter(
      (each) => each.length >= shortestNumber,
    ),
  }
}

/**
 * Whether a text tells who comes: a whole name, a mail address or its local part, a number, or a part of a name as a word of
 * its own; with `isStrict` also as a part of a word. Neither case, accents nor punctuation make a difference.
 */
export function mentions(text: string, of: Mentions, { isStrict }: Readonly<{ isStrict: boolean }>): boolean {
  const letters = squeezed(text)
  const digits = digitsOf(text)
  if (of.numbers.some((each) => digits.includes(each))) return true
  const words = wordsOf(text)
  // A short name or local part ("Ed", "max") would stand within any text: it counts as a word.
  const isWhole = (name: string) => (name.length > shortestWithin ? letters.includes(name) : words.includes(name))
  if (of.names.some(isWhole) || of.addresses.some(isWhole)) return true
  if (of.parts.some((part) => words.includes(part))) return true
  return isStrict && of.parts.some((part) => part.length >= shortestWithin && letters.includes(part))
}

function isTelling(part: string): boolean {
  return [...part].length >= shortestPart && !particles.has(part)
}

/** Only its letters and digits, in one case and without accents. */
export function squeezed(text: string): string {
  return folded(text).replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function folded(text: string): string {
  return decoded(normalizeText(text))
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll('đ', 'd')
}

/** A link spells letters as `%C3%A4`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Its words, where a word also ends before a capital: "talkWithAnna". */
function wordsOf(text: string): string[] {
  const apart = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
  const words = folded(apart).split(/[^\p{L}]+/u)
  return unique([...words, ...words.map((word) => word.replace(/s$/, ''))].filter((word) => word !== ''))
}

function digitsOf(text: string): string {
  return normalizeText(text).replaceAll(/\D/g, '').replace(/^0+/, '')
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
