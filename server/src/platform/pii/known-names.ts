import { fold } from './folded.ts'
import { surroundingsOf, withSurroundings } from './name-edges.ts'
import { isUnspaced, patternOf } from './name-patterns.ts'
import type { Span } from './spans.ts'
import { isWord } from './word-names.ts'

/** A person known to be part of the text, by name. */
export type KnownPerson = Readonly<{ name: string }>

const titles = new Set(
  'mr mrs ms miss mx dr prof rev reverend fr sr br jr sister brother father mother deacon elder bishop frau herr mme sra ii iii iv'.split(
    ' ',
  ),
)
const particles = new Set(
  'de da do dos das del der den di du la le van von zu zum zur al el bin bint ibn ben abu y e i te ter ten af av st'.split(
    ' ',
  ),
)

type Part = Readonly<{ text: string; identity: string; original: string; isWord: boolean }>

/**
 * Finds known people wherever a part of their name occurs: full, given or family name, in any case, with or without
 * diacritics, inflected. A name that is also a word ("Grace", "Will") counts only where it is written as a name.
 */
export function findKnownNames(text: string, people: readonly KnownPerson[], honorifics: readonly string[]): Span[] {
  const folded = fold(text)
  const found: Span[] = []
  const surroundings = surroundingsOf(
    people.map(({ name }) => name),
    particles,
  )
  const tags = [...folded.text.matchAll(/#[\p{L}\p{M}\p{N}_]+/gu)]
  for (const part of partsOf(people, honorifics)) {
    const { identity, original } = part
    for (const { index, 0: tag } of part.isWord || part.text.length < 4 ? [] : tags) {
      const at = tag.indexOf(part.text)
      const [start = 0, end = 0] = [index + at, index + at + part.text.length].map((unit) => folded.positions[unit])
      if (at > 0) found.push({ start, end, kind: 'PERSON', identity, original })
    }
    for (const match of folded.text.matchAll(patternOf(part.text))) {
      const start = folded.positions[match.index] ?? 0
      const end = folded.positions[match.index + match[0].length] ?? text.length
      if (part.isWord && !isWrittenAsName(text, start, end)) continue
      found.push({ ...withSurroundings(text, start, end, surroundings), kind: 'PERSON', identity, original })
    }
  }
  // Longest first: "Anna Kowalska" is one person, not two.
  return found.toSorted((a, b) => b.end - b.start - (a.end - a.start))
}

/** What may refer to a person: the full name in either order, then each part of it. */
function partsOf(people: readonly KnownPerson[], honorifics: readonly string[]): Part[] {
  const owners = new Map<string, Set<string>>()
  const wholeNames: Part[] = []
  for (const { name } of people) {
    const words = wordsOf(name, honorifics)
    if (words.length === 0) continue
    const identity = `PERSON:${words.join(' ')}`
    const spellings = [...words, ...wordsOf(withoutUmlauts(name), honorifics)]
    const wholeName = (text: string): Part => ({ text, identity, original: name.trim(), isWord: false })
    if (words.length > 1)
      wholeNames.push(wholeName(words.join(' ')), wholeName([...words.slice(-1), ...words.slice(0, -1)].join(' ')))
    for (const word of spellings.flatMap(withGivenPart)) {
      owners.set(word, (owners.get(word) ?? new Set()).add(`${identity}\n${name.trim()}`))
    }
  }
  const parts = [...owners].map(([text, of]): Part => {
    const [only = ''] = of
    const [identity = '', original = ''] = only.split('\n')
    // A family name that two people share identifies neither.
    return of.size === 1
      ? { text, identity, original, isWord: isWord(text) }
      : { text, identity: `PERSON:${text}`, original: capitalised(text), isWord: isWord(text) }
  })
  return [...wholeNames, ...parts]
}

/** "Mueller": how passports and old forms write "Müller". */
function withoutUmlauts(name: string): string {
  const pairs: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' }
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[äöü]/g, (letter) => pairs[letter] ?? letter)
}

function wordsOf(name: string, honorifics: readonly string[]): string[] {
  return fold(name.normalize('NFKC').replaceAll('’', "'"))
    .text.split(/[\s,.()"“”_/+&;·-]+/u)
    .map((word) => word.replace(/^['’]+|['’]+$/gu, ''))
    .filter(
      (word) =>
        !titles.has(word) &&
        !honorifics.includes(word) &&
        !particles.has(word) &&
        (word.length > 1 || isUnspaced(word)),
    )
    .filter((word) => !/^[\d@]/.test(word) && /\p{L}/u.test(word))
}

/** "小明" of "王小明": in these scripts the family name is one character and friends use the rest. */
function withGivenPart(word: string): string[] {
  const signs = [...word]
  return isUnspaced(word) && signs.length === 3 ? [word, signs.slice(1).join('')] : [word]
}

const introduces =
  /(?:\b(?:i['’]?m|i am|my name(?:['’]?s| is)|name is|name:|this is|it['’]?s|called|named|from|regards|love|thanks|yours|cheers|blessings)[\s,:-]+|^\s*[-–—~]\s*|[\n,]\s*[-–—~]?\s*)$/i
const answers = /^\s*(?:here\b|speaking\b|[.!]?\s*$)/i
const verbAfter =
  /^\s+(?:you|i|we|he|she|they|it|this|that|there|be|to|the|my|your|our|not|someone|anyone|somebody|anybody)\b/i
const virtueBefore = /\b(?:amazing|saving|god['’]?s|divine|his|thy) +$/i
const chapterAfter = /^\s+\d{1,3}(?::\d|\b)/

/** Whether a word that may be a name is capitalized mid-sentence, or introduced as a name. */
function isWrittenAsName(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start)
  const after = text.slice(end, end + 40)
  const isLarge = /^\p{Lu}/u.test(text.slice(start, end))
  if (!isLarge) return introduces.test(before) && answers.test(after)
  if (chapterAfter.test(after)) return false
  const beginsSentence = /(?:^|[.!?\n]["'”’)]*\s*)$/.test(before)
  if (beginsSentence) return !verbAfter.test(after)
  // "God's Grace" is a virtue; "our Grace" and "my Will" are children.
  return !virtueBefore.test(before)
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
