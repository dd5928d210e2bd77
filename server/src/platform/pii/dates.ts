import { type Span, spansMatching } from './spans.ts'

const month =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\\.?'
const day = '(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th|\\.|º)?'
const year = '(?:1[89]\\d\\d|20\\d\\d)'
const forms = [
  `${year}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\\d|3[01])`,
  `(?:0?[1-9]|[12]\\d|3[01])\\s?[-/.]\\s?(?:0?[1-9]|[12]\\d|3[01])\\s?[-/.]\\s?(?:${year}|\\d\\d)`,
  `${day}(?:\\s+(?:of|de))?[\\s-]+${month}(?:\\s+de)?,?[\\s-]+(?:${year}|['’]\\d\\d)`,
  `${month}[\\s-]+${day},?[\\s-]+(?:${year}|['’]\\d\\d)`,
]
const dayOfMonth = [`${day}(?:\\s+(?:of|de))?\\s+${month}`, `${month}\\s+${day}`]

const edges = (pattern: string) => `(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`
const anyDate = new RegExp(edges(forms.join('|')), 'giu')
const birth =
  '(?:\\bborn|birth(?:day|date)?|d\\.?\\s?o\\.?\\s?b\\b\\.?|geboren|geburtsdatum|geb\\.|née?\\b|naissance|nacid[oa]|nacimiento|nascid[oa]|nat[oa]|ur\\.)'
const birthDate = new RegExp(
  `${birth}[^.!?\\n\\d]{0,30}?(?<told>${edges([...forms, ...dayOfMonth, year].join('|'))})`,
  'giu',
)

/**
 * Finds dates of birth: any date labelled as one, and any full date in a past year. Dates of this year or the next are
 * appointments, which the pastor needs.
 */
export function findBirthDates(text: string, thisYear: number): Span[] {
  const pastDates = spansMatching(text, anyDate, 'DATE').filter(({ original }) => isPast(original, thisYear))
  return [...spansMatching(text, birthDate, 'DATE'), ...pastDates]
}

function isPast(date: string, thisYear: number): boolean {
  const fullYear = date.match(/1[89]\d\d|20\d\d/)
  if (fullYear) return Number(fullYear[0]) < thisYear - 1
  const shortYear = Number(date.match(/\d\d$/)?.[0])
  const century = Math.floor(thisYear / 100) * 100
  return !(century + shortYear >= thisYear - 1 && century + shortYear <= thisYear + 1)
}
