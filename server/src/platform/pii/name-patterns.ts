// Scripts without spaces between words, so names have no word boundaries.
const unspaced =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
// Scripts in which prepositions and articles attach to the name, before or after.
const agglutinative =
  /[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Georgian}\p{Script=Armenian}\p{Script=Ethiopic}\p{Script=Hebrew}\p{Script=Arabic}]/u
const prefixes = '(?:[ובלכמשה]{1,2}|[وفبلك]{1,2}|ስለ|እነ|[ለከበየ])'
const silencedVowel = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/u

// Case endings of inflected languages, folded.
const endings = [
  "['’]?s|s['’]",
  // Polish, Czech, Serbian: "Anny", "Wiśniewskiemu", "Dvořákovou"
  'a|y|e|i|o|u|ou|ie|em|om|iem|owi|ego|iego|emu|iemu|ej|iej|ym|im|ov|ova|ove|ovi|ovou|ow|ami|ach',
  // Lithuanian, Latvian: "Rūtos"
  'os|ai|ui',
  // Finnish, Hungarian: "Päiville", "Istvánnal"
  'an|en|in|n|sta|ssa|lla|lle|lta|elle|ella|elta|nek|nak|nal|nel|val|vel|hoz|hez|tol|rol|ban|ben',
  // Turkish: "Ayşeyi"
  'yi|ye|ya|yu|nin|nun|un|de|da|den|dan|yle|yla|ler|lar',
  // Russian, Ukrainian, Serbian: "Марии"
  'и|ю|я|е|еи|ои|ом|ем|ы|у|а|ым|ых|ами|ах|ою|ею|і|ові|еві',
].join('|')
const greekEndings = 'ο|ου|ε|η|ησ|α|ασ|ων|οι|ουσ|οσ|ισ'

/** Whether a name is written in a script without spaces. */
export function isUnspaced(name: string): boolean {
  return unspaced.test(name)
}

/**
 * How a folded name, or a part of one, may occur in a folded text: inflected, spelled out, its words together or apart.
 */
export function patternOf(name: string): RegExp {
  if (isUnspaced(name)) return new RegExp(RegExp.escape(name).replaceAll(' ', '\\s*'), 'gu')
  const words = name.split(' ')
  const apart = words.map(declined).join('[\\s,·_-]+(?:(?:\\p{L}\\.?|\\p{L}{2,30})\\s+){0,2}?')
  const forms = [apart]
  // "quentinashworth84"
  if (words.length > 1 && name.length > 7) forms.push(`${words.map(literal).join('[._-]?')}\\p{N}{0,4}`)
  if (words.length === 1 && [...name].length > 3) forms.push([...name].map(literal).join('[\\s.·-]{1,2}'))
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${forms.join('|')})(?![\\p{L}\\p{M}\\p{N}])`, 'gu')
}

function declined(word: string): string {
  if (agglutinative.test(word)) {
    const pattern = literal(word.replace(silencedVowel, ''))
    // For a short name, this pattern would match the start of other words.
    return word.length < 3 ? literal(word) : `${prefixes}?${pattern}[\\p{L}\\p{M}]{0,6}`
  }
  if (word.length < 3) return literal(word)
  const changed = stemsOf(word).map(([stem, after]) => `${literal(stem)}(?:${after})`)
  const doubled = /[bcdfghjklmnprstz]$/.test(word) ? `|${word.slice(-1)}[ae]l` : ''
  return `(?:${[`${literal(word)}(?:${endings}${doubled})?`, ...changed].join('|')})`
}

/** The stems of a name in inflected forms, and the endings each may take. */
function stemsOf(word: string): [stem: string, after: string][] {
  if (word.length < 4) return []
  const stem = word.replace(/[aeiouyаяеийо]$/u, '')
  const changes: [stem: string, after: string][] = [
    [stem, endings],
    // "Matin" of "Matti"
    [stem.replace(/([bcdfgkptr])\1$/u, '$1'), endings],
    // "Markiem" of "Marek"
    [word.replace(/e([kcl])$/, '$1'), endings],
    // "Korhosen" of "Korhonen"
    [word.replace(/nen$/, 's'), endings],
    // "Jono" of "Jonas"
    [word.replace(/[aiuy]s$/, ''), 'o|u|a|e|ui|ai|io|iui'],
    [word.replace(/(?:[οαηι]σ|ου|[ηαο])$/u, ''), greekEndings],
  ]
  return changes.filter(([changed]) => changed !== word)
}

/** A word literally; Mc also as Mac, and a syllable with an apostrophe also separated or without one. */
function literal(word: string): string {
  const [, front, rest] = /^(ma?c(?=[^aeiou\s'’]|a[^aeiou])|\p{L}{1,2}['’])['’]?(\p{L}{4,})$/u.exec(word) ?? []
  if (front === undefined || rest === undefined) return RegExp.escape(word)
  return front.startsWith('m') && !/['’]/.test(front)
    ? `ma?c[\\s'’]?${RegExp.escape(rest)}`
    : `${RegExp.escape(front.slice(0, -1))}['’\\s]?${RegExp.escape(rest)}`
}
