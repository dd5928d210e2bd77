/** What surrounds a part of a name and belongs to it: initials, and particles such as "van der" and "St.". */
export type Surroundings = Readonly<{ before: RegExp; after: RegExp }>

/** Patterns for what may surround the parts of these names: "J. K. Rowanfield", "Rowanfield, J.K.", "v.d. Meulen". */
export function surroundingsOf(names: readonly string[], particles: ReadonlySet<string>): Surroundings {
  const words = names.flatMap((name) => name.normalize('NFKC').match(/\p{L}[\p{L}\p{M}'’]*/gu) ?? [])
  const letters = [...new Set(words.map(([first = '']) => first))]
  const small = letters.map((letter) => letter.toLowerCase()).join('')
  const large = letters.map((letter) => letter.toUpperCase()).join('')
  if (letters.length === 0) return { before: /(?!)/, after: /(?!)/ }
  const initials = `(?:[${large}]\\.?[\\s-]?|[${small}]\\.\\s?){1,4}`
  const particleWords = words.filter((word) => particles.has(word.toLowerCase())).map((word) => RegExp.escape(word))
  const parts = [initials, ...particleWords.map((word) => `(?:${word}\\.?\\s+)`)].join('|')
  return {
    before: new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts}){1,4}(?<=[\\s.-])$`, 'u'),
    after: new RegExp(`^(?:,\\s?|\\s)(?:[${large}]\\.?[\\s-]?){1,4}(?<![\\s-])(?![\\p{L}\\p{N}'’])`, 'u'),
  }
}

/** The span extended by what surrounds it. */
export function withSurroundings(
  text: string,
  start: number,
  end: number,
  surroundings: Surroundings,
): { start: number; end: number } {
  const before = surroundings.before.exec(text.slice(Math.max(0, start - 24), start))?.[0] ?? ''
  const after = surroundings.after.exec(text.slice(end, end + 16))?.[0] ?? ''
  return { start: start - before.length, end: end + after.length }
}
