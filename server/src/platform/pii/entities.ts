// The diacritics in entity names: `&eacute;`, `&scaron;`.
const marks: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  uml: '\u0308',
  tilde: '\u0303',
  cedil: '\u0327',
  ring: '\u030a',
  caron: '\u030c',
}
const others: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  rsquo: '’',
  lsquo: '‘',
  commat: '@',
  period: '.',
  hyphen: '-',
  oslash: 'ø',
  Oslash: 'Ø',
  szlig: 'ß',
  aelig: 'æ',
  AElig: 'Æ',
  oelig: 'œ',
  OElig: 'Œ',
  eth: 'ð',
  ETH: 'Ð',
  thorn: 'þ',
  THORN: 'Þ',
}
const entity =
  /&(?:#x(?<hex>[0-9a-f]{1,6})|#(?<decimal>\d{1,7})|(?<letter>[a-z])(?<mark>acute|grave|circ|uml|tilde|cedil|ring|caron)|(?<named>[a-z]{2,8}));/gi

/** Decodes the HTML entities in which a form may submit a name: `Ren&eacute;e`, `O&#39;Dowd`. */
export function withoutEntities(text: string): string {
  return text.replace(entity, (written, ...match) => {
    const { hex, decimal, letter, mark, named } = match.at(-1) as Record<string, string | undefined> // the named groups come last
    if (letter !== undefined) return letter + (marks[mark?.toLowerCase() ?? ''] ?? '')
    if (named !== undefined) return others[named] ?? written
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : written
  })
}
