/** What makes a meeting urgent, as a pastor is told. */
type UrgentMatter = 'self-harm' | 'abuse' | 'violence' | 'a child at risk'

const child =
  '(?:my|the|our|a|his|her|their) (?:child|children|kid|kids|son|daughter|baby|boy|girl|grandson|granddaughter|niece|nephew)'

// Stems and phrases of English, each met as whole words, so that "skills" holds no "kill".
const urgent: Readonly<Record<UrgentMatter, readonly string[]>> = {
  'self-harm': [
    'suicid(?:e|es|al)',
    'self[- ]?harm(?:s|ed|ing)?',
    '(?:harm(?:ing|ed)?|hurt(?:ing)?|cut(?:ting)?|kill(?:ing)?) (?:myself|himself|herself|themselves|themself)',
    '(?:end(?:ing)?|tak(?:e|ing)|took) (?:my|his|her|their)(?: own)? (?:life|lives)',
    '(?:end|ending) it all',
    '(?:want(?:s|ed)?|wish(?:es|ed)?) (?:to die|(?:i|he|she|they) (?:was|were) dead)',
    '(?:do not|don.?t|doesn.?t) want to (?:live|be alive|be here)(?: any ?more)?',
    'no reason to (?:live|go on)',
    'overdos(?:e|es|ed|ing)',
    'anorexi[ac]|bulimi[ac]|eating disorder',
  ],
  abuse: [
    'abus(?:e|es|ed|er|ers|ing|ive)',
    'molest(?:s|ed|er|ing|ation)?',
    'rap(?:e|ed|ist|ing)',
    'incest(?:uous)?',
    'assault(?:s|ed|ing)?',
    'harass(?:es|ed|ing|ment)?',
    'groom(?:ed|ing) (?:me|him|her|them|by|a child|children)',
    'traffick(?:ed|ing)',
    '(?:forced|forces|forcing) (?:me|him|her|them) (?:to|into)',
  ],
  violence: [
    'violen(?:ce|t|tly)',
    '(?:hit|hits|beat|beats|beaten|beating|hitting|chok(?:es|ed|ing)|punch(?:es|ed|ing)|kick(?:s|ed|ing)|threaten(?:s|ed|ing)?) (?:me|us|him|her|them|my|the (?:children|kids|child))',
    '(?:kill|kills|killing) (?:me|him|her|us|them)',
    'stalk(?:s|ed|er|ing)',
    '(?:afraid|scared|frightened|fear) (?:of|for) (?:my (?:husband|wife|partner|father|mother|son|life)|him|her|the children|the kids)',
    'not safe at home|(?:afraid|scared) to go home',
  ],
  'a child at risk': [
    `(?:hurt|hurts|hurting|harm|harms|hit|hits|beat|beats|beating|touch|touches|touched|touching|neglect(?:s|ed|ing)?|starv(?:es|ed|ing)) ${child}`,
    `(?:touch|touches|touched|touching) (?:me|him|her) (?:when|as) (?:i|he|she) (?:was|is) (?:a child|little|small|\\d+)`,
    `${child} (?:is|are|isn.?t|aren.?t) (?:not )?(?:safe|in danger|being (?:hurt|beaten|abused|neglected))`,
    'child (?:abuse|neglect|protection)|social services|(?:missing|ran away|runaway) (?:child|daughter|son)',
  ],
}

/** All urgent stems, for whoever asks only whether a text is grave. */
export const urgentStems: readonly string[] = Object.values(urgent).flat()

/** One spelling of quotation marks and spaces, without what nobody sees. */
export function normalizeText(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/\s+/g, ' ')
}

/** A pattern that meets any of these stems as whole words, in any case. */
export function anyOf(stems: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${stems.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
}

/** A text as it reads, and, for a link or an address, with its words apart. */
export function asSentences(text: string): string[] {
  const said = normalizeText(text)
  const apart = normalizeText(said.replaceAll(/[-_.+/@%]+/g, ' '))
  return apart === said ? [said] : [said, apart]
}

const patterns = Object.entries(urgent).map(([matter, stems]) => ({ matter, pattern: anyOf(stems) }))

/** What in these texts makes a meeting urgent, each matter once; nothing where nothing does. */
export function urgentMattersIn(texts: readonly string[]): string[] {
  const said = texts.flatMap(asSentences)
  return patterns.filter(({ pattern }) => said.some((text) => pattern.test(text))).map(({ matter }) => matter)
}
