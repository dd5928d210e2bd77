/** Collapses line breaks, tabs and control characters to single spaces, and trims. */
export function singleLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

/** Truncates a text to whole words and appends "…". A first word that is too long is cut. */
export function truncate(text: string, maxLength: number): string {
  const characters = [...text]
  if (characters.length <= maxLength) return text
  const head = characters.slice(0, maxLength - 1).join('')
  const lastSpace = head.lastIndexOf(' ')
  const wholeWords = lastSpace > 0 ? head.slice(0, lastSpace) : head
  return `${wholeWords.replace(/[\s,;:.–-]+$/u, '')}…`
}

/**
 * Puts a text in quotation marks, so that it is always clear which words are the attendee's. Inner quotation marks become
 * single ones.
 */
export function quote(text: string): string {
  const inner = text.replace(/[“”„«»"]([^“”„«»"]*)[“”„«»"]/gu, '‘$1’').replace(/[“”„«»"]/gu, '’')
  return `“${inner}”`
}
