/** Why a meeting is urgent, as shown to the pastor. */
type UrgentMatter = 'self-harm' | 'abuse' | 'violence' | 'a child at risk'

const child =
  '(?:my|the|our|a|his|her|their) (?:child|children|kid|kids|son|daughter|baby|boy|girl|grandson|granddaughter|niece|nephew)'

// English stems and phrases. They match whole words only, so "skills" doesn't match "kill".
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

/** All urgent stems, as part of the grave terms. */
export const urgentStems: readonly string[] = Object.values(urgent).flat()

/** Normalizes quotation marks and spaces, and removes invisible characters. */
export function normalizeText(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/\s+/g, ' ')
}

/** A case-insensitive pattern that matches any of the stems as whole words. */
export function anyOf(stems: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${stems.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
}

/** The normalized text; for links and addresses, also with its words separated. */
export function asSentences(text: string): string[] {
  const normalized = normalizeText(text)
  const separated = normalizeText(normalized.replaceAll(/[-_.+/@%]+/g, ' '))
  return separated === normalized ? [normalized] : [normalized, separated]
}

const patterns = Object.entries(urgent).map(([matter, stems]) => ({ matter, pattern: anyOf(stems) }))

/** The urgent matters in texts, each once. Empty if there are none. */
export function urgentMattersIn(texts: readonly string[]): string[] {
  const sentences = texts.flatMap(asSentences)
  return patterns.filter(({ pattern }) => sentences.some((text) => pattern.test(text))).map(({ matter }) => matter)
}
