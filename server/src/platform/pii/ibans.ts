import { type Span, spanOf } from './spans.ts'

// A lookahead, so that an overlong match doesn't consume the start of the next.
const candidate = /(?<![\p{L}\p{N}])(?=(?<reach>[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{1,4}){3,9}))/giu

/** Finds IBANs in any formatting, verified by their check digits. */
export function findIbans(text: string): Span[] {
  return [...text.matchAll(candidate)].flatMap((match) => {
    const length = lengthOfIban(match.groups?.reach ?? '')
    return length === 0 ? [] : [spanOf(text, match.index, match.index + length, 'NUMBER')]
  })
}

/** The length of the IBAN within the match, which may extend into the following words. */
function lengthOfIban(matched: string): number {
  const ends = [...matched.matchAll(/(?=[ -])|$/g)].map(({ index }) => index)
  return ends.findLast((end) => isIban(matched.slice(0, end).replace(/[ -]/g, '').toUpperCase())) ?? 0
}

function isIban(account: string): boolean {
  if (account.length < 15 || account.length > 34) return false
  const digits = [...account.slice(4), ...account.slice(0, 4)].map((sign) => Number.parseInt(sign, 36)).join('')
  return BigInt(digits) % 97n === 1n
}
