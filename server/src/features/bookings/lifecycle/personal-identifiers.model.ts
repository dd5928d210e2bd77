import { numberInAddress } from './contacts.model.ts'
import { normalizeText } from './urgency.model.ts'

/** The identifiers by which a booking's people could be recognized: names, email addresses, and phone numbers as digits. */
export type PersonalIdentifiers = Readonly<{
  /** Full names, reduced to letters and digits. */
  names: readonly string[]
  /** The parts of names with at least three letters. */
  parts: readonly string[]
  addresses: readonly string[]
  numbers: readonly string[]
}>

/** What is known about a booking's people, from all fields. */
export type KnownPeople = Readonly<{
  names: readonly (string | null)[]
  addresses: readonly (string | null)[]
  numbers: readonly (string | null)[]
  /** Typed texts. Addresses and phone numbers in them count as identifiers. */
  texts: readonly string[]
}>

const minPartLength = 3
/** Shorter parts occur within too many words: "Mark" in "market". */
const minSubstringLength = 4
const minDigits = 6

/** Name parts that occur in any title. */
const particles = new Set(['and', 'und', 'the', 'van', 'von', 'der', 'den', 'del', 'des', 'dos', 'mrs', 'herr', 'frau'])

const address = /[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+\.[^\s@<>()[\],;:"]+/gu
const number = /\+?\d(?:[\s()./-]{0,2}\d){5,}/gu

/** Collects the identifiers of a booking's people. */
export function personalIdentifiersOf({ names, addresses, numbers, texts }: KnownPeople): PersonalIdentifiers {
  const typed = texts.join('\n')
  const all = [...addresses, ...(typed.match(address) ?? []), ...(names.join('\n').match(address) ?? [])].filter(
    (each) => each !== null,
  )
  const whole = names.filter((name) => name !== null).map(lettersAndDigits)
  const parts = names.flatMap((name) => (name === null ? [] : wordsOf(name)))
  const locals = all.map((each) => each.slice(0, each.indexOf('@')))
  const numberTexts = [...numbers, ...(typed.match(number) ?? []), ...all.map(numberInAddress)]
  return {
    names: unique(whole.filter((name) => name.length >= minPartLength)),
    parts: unique([...parts, ...locals.flatMap(wordsOf)].filter(isIdentifying)),
    addresses: unique([
      ...all.map(lettersAndDigits),
      ...locals.map(lettersAndDigits).filter((local) => local.length >= minPartLength),
    ]),
    numbers: unique(numberTexts.flatMap((each) => (each === null ? [] : digitsOf(each).slice(-9)))).filter(
      (each) => each.length >= minDigits,
    ),
  }
}

/**
 * Whether a text contains an identifier: a full name, an email address or its local part, a phone number, or part of a name
 * as a word; with `isStrict` also within a word. Ignores case, accents and punctuation.
 */
export function containsIdentifier(
  text: string,
  of: PersonalIdentifiers,
  { isStrict }: Readonly<{ isStrict: boolean }>,
): boolean {
  const letters = lettersAndDigits(text)
  const digits = digitsOf(text)
  if (of.numbers.some((each) => digits.includes(each))) return true
  const words = wordsOf(text)
  // Short names and local parts ("Ed", "max") occur within any text, so they only count as whole words.
  const isWhole = (name: string) => (name.length > minSubstringLength ? letters.includes(name) : words.includes(name))
  if (of.names.some(isWhole) || of.addresses.some(isWhole)) return true
  if (of.parts.some((part) => words.includes(part))) return true
  return isStrict && of.parts.some((part) => part.length >= minSubstringLength && letters.includes(part))
}

function isIdentifying(part: string): boolean {
  return [...part].length >= minPartLength && !particles.has(part)
}

/** Reduces a text to its letters and digits, in lower case and without accents. */
export function lettersAndDigits(text: string): string {
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

/** Decodes percent-encoded letters in links. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Splits a text into words, also before capitals: "talkWithAnna". */
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
