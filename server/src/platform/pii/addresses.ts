import { type Span, spansMatching } from './spans.ts'

const street =
  '(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|close|crescent|cres|terrace|place|pl|square|sq|way|parkway|pkwy|highway|hwy|circle|cir|trail|grove|gardens?|mews|row|walk|hill|green|alley|quay)\\b\\.?'
const capital = "[\\p{Lu}\\d][\\p{L}\\d'’.-]{0,30}"
const large = "\\p{Lu}[\\p{L}'’.-]{0,30}"
// ", 20121 Milano"; ", 1015 CJ Amsterdam"; ", 01310-100 São Paulo"
const codeAndTown = `(?:,?\\s+(?:[A-Z]{1,2}-)?\\d{2,5}(?:-\\d{3}|\\s?[A-Z]{2})?\\s+${large}(?:\\s${large})?)`
const unit =
  '(?:(?:[fF]lat|[aA]pt|[aA]partment|[uU]nit|[sS]uite|[rR]oom|[hH]ouse|[nN]o\\.?|#)\\s*[\\dA-Z]+[a-z]?,?\\s+)'
const town = `(?:,?\\s+(?!(?:and|but|so|because|please|where|which|since|we|i)\\b)${capital}){1,3}`
const code =
  '(?:,?\\s+(?:[A-Z]{2}\\s+)?(?:\\d{4,6}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]?\\s*\\d[A-Z]{2}|[A-Z]\\d[A-Z]\\s?\\d[A-Z]\\d))'

const patterns = [
  // 12 Elm Street, Springfield, IL 62704; Flat 3b, 21 King's Road, London SW3 4RP
  `(?:${unit}|[uU]nit\\s+)?\\d{1,5}[a-zA-Z]?(?:[-/]\\d{1,5})?,?\\s+(?:${capital}\\s+){1,4}?(?:[sS]treet|[aA]venue|[rR]oad|[lL]ane|[dD]rive|${titleCase(street)})(?:,?\\s+${unit.trim()})?(?:${town})?(?:${code})?`,
  // Musterstraße 12, 10115 Berlin; Hauptstr. 5; ul. Długa 7; Dorpsstraat 4
  `(?:(?:ul\\.|al\\.|os\\.|pl\\.)\\s*(?:${capital}\\s+){1,3}|${capital}(?:[ -]${capital})?(?:straße|strasse|str\\.|weg|allee|platz|gasse|damm|ufer|straat|gracht|plein|kade|singel|laan|gade|vej|gatan|vägen|veien|katu|tie)\\s*)\\d{1,4}\\s?[a-zA-Z]?\\b(?:[/-]\\d+)?(?:,?\\s+\\d{2}-\\d{3}\\s+${large}|${codeAndTown})?`,
  `(?:Straße|Strasse|Platz|Am|Im|An der|Auf der)\\s+(?:(?:des|der|dem)\\s+)?${capital}\\s+\\d{1,4}[a-z]?,\\s+\\d{5}\\s+${capital}`,
  // 12 rue de la Paix, 75002 Paris; Calle Mayor 5; Via Roma 10; Rua Augusta 1500
  `\\d{1,4}(?:\\s?(?:bis|ter))?,?\\s+(?:rue|avenue|boulevard|place|chemin|allée|impasse|quai)\\s+(?:d[eu]s?\\s+|de\\s+la\\s+|de\\s+l['’]|l['’])?${large}(?:[\\s-]${large}){0,4}${codeAndTown}?`,
  `(?:[cC]alle|[cC]arrer|[aA]venida|[pP]laza|[pP]aseo|[vV]ia|[vV]iale|[pP]iazza|[cC]orso|[rR]ua|[tT]ravessa|[rR]ue)\\s+(?:d[aeiou](?:l|lla|s)?\\s+(?:la\\s+)?)?(?:${large}\\s+){0,3}${large},?\\s+(?:n[.º°]{0,2}\\s*)?\\d{1,5}${codeAndTown}?`,
  `\\d{1,5}\\s+(?:[a-z]{1,30}\\s+){1,3}(?:street|avenue|road|lane|drive|boulevard)\\b`,
  // PO Box 12; Postfach 12
  '(?:P\\.?\\s?O\\.?\\s?Box|Post\\s?[Bb]ox|Postfach|Apartado)\\s+\\d+',
  // A postcode alone identifies about ten houses in Britain, the Netherlands and Canada.
  '(?:[A-Z]{1,2}\\d[A-Z\\d]?\\s\\d[A-Z]{2}|\\d{4}\\s?[A-Z]{2}(?=[\\s,.]|$)|[A-Z]\\d[A-Z]\\s\\d[A-Z]\\d)',
  `(?:\\p{Lu}[\\p{L}'’-]{1,30},?\\s+)?[A-Z]{2},?\\s+\\d{5}(?:-\\d{4})?`,
  '\\d{5}\\s+\\p{Lu}\\p{Ll}{2,}(?:[ -](?:am|an der|im)?\\s?\\p{Lu}\\p{Ll}+)?',
]

const anyAddress = new RegExp(`(?<![\\p{L}\\p{N}])(?:${patterns.join('|')})(?![\\p{L}\\p{N}])`, 'gu')
const pattern =
  /\b(?:address(?: is|:)|live at|lives at|living at|moved to|come to|meet at)\s+(?<told>\d{1,5}[^.!?\n]{3,60}?)(?=[.!?\n]|$| (?:and|but|so|please)\b)/giu

/** Finds postal addresses: streets with a number, post boxes, and postcodes precise enough to identify a house. */
export function findAddresses(text: string): Span[] {
  return [...spansMatching(text, anyAddress, 'ADDRESS'), ...spansMatching(text, pattern, 'ADDRESS')]
}

/** Capitalizes each word of an alternation, as in an address. */
function titleCase(alternation: string): string {
  return alternation.replace(/(?<=[(|:])[a-z]/g, (letter) => letter.toUpperCase())
}
