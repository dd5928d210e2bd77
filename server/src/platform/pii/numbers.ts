import { findIbans } from './ibans.ts'
import { type Span, spanOf, spansMatching } from './spans.ts'

// Grouped digits, as people write phone, card, account and document numbers.
const digits =
  /(?<![\p{L}\p{N}])[+(]{0,2}\p{Nd}(?:[\s.\-–/()_·]{0,3}\p{Nd})*(?:\s*(?:ext|x|extension|durchwahl)\.?\s*\p{Nd}{1,6})?/giu
const iban = /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b/g
const nationalInsurance = /\b[A-CEGHJ-TW-Z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b/gi
const lettered = /\b(?=(?:[A-Z]*\d){5})(?=\d*[A-Z])[A-Z0-9]{7,20}\b/g
const dashed = /\b[A-Z]{1,3}[ -]?\d{2,}(?:[ -][A-Z0-9]{2,}){1,4}\b/g
const labelled =
  /\b(?:ssn|social security|passport|national insurance|ni|nino|nhs|driver['’]?s? licen[cs]e|licen[cs]e|licence plate|plate|pesel|steuer-?id|aadhaar|cpf|nie|dni|curp|tax id|itin|ein|vat|id card|identity card|id|member(?:ship)?|account|acct|iban|sort code|routing|card|policy|patient|case|pin|cvv|cvc|passcode)(?:\s+(?:no|nr|num|number|card|code|is)){0,3}\.?\s*[:#=]?\s*(?:is\s+)?(?<told>(?=[A-Z0-9 -]{0,40}\d{3})[A-Z0-9][A-Z0-9.\-/]*(?: [A-Z0-9]*\d[A-Z0-9]*)*)/gi
const plate =
  /\b(?:[pP]lates?|[rR]egistration|[kK]ennzeichen|[iI]mmatriculation|[mM]atr[ií]cula|[tT]arga|[kK]enteken|[rR]ejestracj[aię])\b[^.!?\n\d]{0,12}?\s(?<told>(?=[A-Z -]{0,8}\d)(?=[\d -]{0,8}[A-Z])[A-Z\d]{1,7}(?:[ -][A-Z\d]{1,4}){0,3})(?![\p{L}\p{N}])/gu
const spelledDigit =
  '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|(?:double|triple) (?:zero|oh|one|two|three|four|five|six|seven|eight|nine)|hundred)'
const spelled = new RegExp(`\\b${spelledDigit}(?:[\\s,-]+${spelledDigit}){5,}\\b`, 'gi')

/**
 * Finds phone, card, account and document numbers: seven or more grouped digits, codes of letters and digits, labelled
 * numbers, spelled-out digits. Numbers that identify nobody stay: amounts, times, Bible references.
 */
export function findNumbers(text: string): Span[] {
  return [
    ...findIbans(text),
    ...spansMatching(text, iban, 'NUMBER').filter(({ original }) => /\d/.test(original)),
    ...spansMatching(text, nationalInsurance, 'NUMBER'),
    ...spansMatching(text, labelled, 'NUMBER'),
    ...spansMatching(text, plate, 'NUMBER'),
    ...longDigits(text),
    ...spansMatching(text, dashed, 'NUMBER').filter(({ original }) => digitsIn(original) >= 6),
    ...spansMatching(text, lettered, 'NUMBER'),
    ...spansMatching(text, spelled, 'PHONE'),
  ]
}

function longDigits(text: string): Span[] {
  return spansMatching(text, digits, 'NUMBER').flatMap((span) => {
    if (!isIdentifying(span.original) || isDate(span.original) || isSum(text, span)) return []
    return [spanOf(text, span.start, span.end, isPhone(span.original) ? 'PHONE' : 'NUMBER')]
  })
}

function isIdentifying(number: string): boolean {
  if (/^\d{2}[-–]\d{2}[-–]\d{2}$/.test(number)) return true // a UK sort code
  if (/^\d{3}[-.\s]\d{4}$/.test(number)) return true // a local phone number
  return digitsIn(number) >= 7
}

/** Dates of birth are found elsewhere; other dates are appointments. */
function isDate(number: string): boolean {
  return /^(?:\d{1,2}([-./])\d{1,2}\1(?:19|20)\d{2}|(?:19|20)\d{2}([-./])\d{1,2}\2\d{1,2})$/.test(number)
}

/** "1 500 000 Kč": grouped thousands with their unit. */
function isSum(text: string, { start, end, original }: Span): boolean {
  if (!/^\d{1,3}(?:[ .,'’]\d{3})+$/.test(original)) return false
  const currency = '(?:\\p{Sc}|(?:EUR|USD|GBP|CHF|CZK|PLN|HUF|Kč|zł|Ft|kr|lei|euros?|dollars?|pounds?)(?![\\p{L}]))'
  return (
    new RegExp(`^\\s?${currency}`, 'u').test(text.slice(end, end + 10)) ||
    /(?:\p{Sc}|\b[A-Z]{3})\s?$/u.test(text.slice(Math.max(0, start - 5), start))
  )
}

/** A heuristic: nothing but the kind depends on it, which only helps the reader. */
function isPhone(number: string): boolean {
  return /^[+(]|^0|ext|x/i.test(number) || /^\d{3}[-.\s]\d{3,4}(?:[-.\s]\d{4})?$/.test(number)
}

function digitsIn(text: string): number {
  return text.match(/\p{Nd}/gu)?.length ?? 0
}
