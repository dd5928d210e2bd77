import nlp from 'compromise'
import { type Span, spanOf, spansMatching } from './spans.ts'

const name = "\\p{Lu}[\\p{L}'’-]*\\p{Ll}[\\p{L}'’-]*"
const names = `${name}(?:\\s+(?:(?:de|da|del|van|von|der|la|bin|al)\\s+)*${name}){0,3}`
const relation =
  '(?:husband|wife|spouse|partner|boyfriend|girlfriend|fianc[ée]e?|ex|son|daughter|kid|child|baby|brother|sister|twin|mother|father|mom|mum|dad|parents?|grand(?:mother|father|ma|pa|son|daughter)|aunt|uncle|cousin|niece|nephew|friend|neighbou?r|boss|colleague|coworker|roommate|teacher|doctor|therapist|counsel+or|stepson|stepdaughter|stepfather|stepmother|in-law|godson|goddaughter|godfather|godmother)'
const afterRelation = new RegExp(
  `\\b${relation}s?(?:\\s*,|\\s+(?:is\\s+)?(?:called|named))?\\s+(?<told>${names})`,
  'gu',
)
const afterTitle = new RegExp(
  `\\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev|Fr|Sr|Br|Father|Mother|Sister|Brother|Deacon|Elder|Bishop|Uncle|Aunt|Auntie|Grandma|Grandpa|Frau|Herr|Señora?|Madame|Monsieur)\\.?\\s+(?<told>${names})`,
  'gu',
)
const afterNaming = new RegExp(
  `\\b(?:name(?:['’]s| is|d)|called|I['’]m|I am|[Tt]his is|heiße|appelle|llamo|chiamo|met with|spoke (?:to|with)|talk(?:ed)? (?:to|with)|married|divorced|dating|seeing|about|with|and|from|by)\\s+(?<told>${names})`,
  'gu',
)

// Capitalized words that are nobody's name.
const commonWords = new Set(
  `i god lord jesus christ holy spirit bible scripture gospel psalm psalms genesis exodus john matthew luke romans corinthians acts
  revelation church sunday monday tuesday wednesday thursday friday saturday january february march april may june july august
  september october november december christmas easter dr mr mrs ms miss mx prof rev fr sr br frau herr lent advent pentecost thanksgiving father reverend mass communion baptism
  english spanish german french polish catholic protestant baptist methodist lutheran anglican orthodox presbyterian christian christians
  christianity jewish muslim islam zoom google teams skype facebook whatsapp aa ok hi hello dear thanks thank please sorry yes no the a an and but or so if when
  we he she they you it my our his her their this that these those there what why how who where mom mum dad grandma grandpa
  america american uk us usa covid hiv aids adhd ptsd ocd dui er icu youth group bible-study alpha amen hallelujah heaven hell satan devil`.split(
    /\s+/,
  ),
)

// "Ruth 1:16" is a Bible reference, and so is "1 Timothy 2".
const bookBefore = /(?<![\p{N}:])[123]\s$/u
const chapterAfter = /^\s\d{1,3}(?::\d|\b)/
const books = new Set(
  `joshua ruth samuel ezra nehemiah esther job isaiah jeremiah ezekiel daniel hosea joel amos obadiah jonah micah nahum habakkuk
  zephaniah haggai zechariah malachi matthew mark luke john timothy titus philemon james peter jude`.split(/\s+/),
)

/**
 * Finds people not known in advance: after a relation, a title or a naming phrase, and by an English name recognizer.
 */
export function findOtherNames(text: string, honorifics: readonly string[]): Span[] {
  const byContext = [afterRelation, afterTitle, afterNaming, ...honorifics.map(afterHonorific)].flatMap((pattern) =>
    spansMatching(text, pattern, 'PERSON'),
  )
  return [...byContext, ...readAsPeople(text)]
    .flatMap((span) => trimmed(text, span, honorifics))
    .filter((span) => !isBookOfBible(text, span))
}

function isBookOfBible(text: string, { start, end, original }: Span): boolean {
  if (!books.has(original.toLowerCase())) return false
  return chapterAfter.test(text.slice(end, end + 6)) || bookBefore.test(text.slice(Math.max(0, start - 3), start))
}

function afterHonorific(honorific: string): RegExp {
  const large = honorific.charAt(0).toUpperCase() + honorific.slice(1)
  return new RegExp(`\\b${RegExp.escape(large)}\\s+(?<told>${names})`, 'gu')
}

type Found = Readonly<{ text: string; offset?: Readonly<{ start: number; length: number }> }>

function readAsPeople(text: string): Span[] {
  // Everything worth recognizing in one call, since each call is expensive. `apart` is the offset of a sentence in that
  // text.
  let recognized = ''
  const sentences: { end: number; apart: number }[] = []
  for (const { 0: sentenceText, index } of text.matchAll(sentence)) {
    if (!mayName(sentenceText)) continue
    const apart = index - recognized.length
    recognized += `${sentenceText}\n`
    sentences.push({ end: recognized.length, apart })
  }
  return peopleIn(recognized).map(({ start, end }) => {
    const apart = sentences.find((each) => start < each.end)?.apart ?? 0
    return spanOf(text, start + apart, end + apart, 'PERSON')
  })
}

// A full stop after a short word usually marks an abbreviation.
const sentence = /(?:[^.!?\n]|(?<!\p{L}{4})\.){1,1000}[.!?\n]?/gu
const largeLatin = /(?<![\p{L}\p{N}])\p{Lu}[\p{Script=Latin}'’-]{1,40}/gu

/** Recognition dominates the run time, and most sentences contain no capitalized word but the first. */
function mayName(sentenceText: string): boolean {
  return (sentenceText.match(largeLatin) ?? []).some(
    (word) => /\p{Ll}/u.test(word) && !commonWords.has(word.toLowerCase()),
  )
}

function peopleIn(text: string): Span[] {
  const found: Found[] = nlp(text).people().json({ offset: true })
  return found.flatMap(({ text: quoted, offset }) => {
    const start = offset === undefined ? -1 : text.indexOf(quoted, Math.max(0, offset.start - 2))
    return start === -1
      ? []
      : spansMatching(quoted, namesOnly, 'PERSON').map((span) =>
          spanOf(text, start + span.start, start + span.end, 'PERSON'),
        )
  })
}

const namesOnly = new RegExp(names, 'gu')

/** Trims words that are nobody's name from the edges; null if nothing is left. */
function trimmed(text: string, span: Span, honorifics: readonly string[]): Span[] {
  const words = [...span.original.matchAll(/[\p{L}'’-]+/gu)]
  const isName = (word: RegExpExecArray) => {
    const quoted = word[0].toLowerCase().replace(/['’]s$/, '')
    return !commonWords.has(quoted) && !honorifics.includes(quoted)
  }
  const first = words.find(isName)
  const last = words.findLast(isName)
  if (first === undefined || last === undefined) return []
  const end = last.index + last[0].replace(/['’]s$/, '').length
  return [spanOf(text, span.start + first.index, span.start + end, 'PERSON')]
}
