/** One line without surrounding space: line breaks, tabs and control characters become single spaces. */
export function tidied(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

/** The text, or as many whole words of it as fit, and then "…". A first word that is too long is cut. */
export function shortened(text: string, longest: number): string {
  const characters = [...text]
  if (characters.length <= longest) return text
  const room = characters.slice(0, longest - 1).join('')
  const lastSpace = room.lastIndexOf(' ')
  const whole = lastSpace > 0 ? room.slice(0, lastSpace) : room
  return `${whole.replace(/[\s,;:.–-]+$/u, '')}…`
}

/** In quotation marks, so that it is always plain which words are the attendee's. Marks inside become single ones. */
export function quoted(text: string): string {
  const inner = text.replace(/[“”„«»"]([^“”„«»"]*)[“”„«»"]/gu, '‘$1’').replace(/[“”„«»"]/gu, '’')
  return `“${inner}”`
}
