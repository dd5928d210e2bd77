/** An answer contains a placeholder without an original. */
export class InventedPlaceholderError extends Error {}

const kinds = 'PERSON|EMAIL|LINK|PHONE|ADDRESS|DATE|NUMBER'
/** Matches placeholders, also as a model may alter them: [Person 1], \[PERSON\_1\], PERSON_1. */
export const anyPlaceholder = new RegExp(
  `\\\\?\\[\\s*(?<bracketed>${kinds})[\\s_\\\\-]*(?<first>\\d+)\\s*\\\\?\\]|\\b(?<bare>${kinds})\\\\?_(?<second>\\d+)\\b`,
  'gi',
)

/**
 * Replaces the placeholders of an answer with their originals. The answer may omit some.
 *
 * @throws InventedPlaceholderError for a placeholder without an original
 */
export function restore(answer: string, originals: ReadonlyMap<string, string>): string {
  return answer.replace(anyPlaceholder, (...match) => {
    const { bracketed, first, bare, second } = match.at(-1) as Record<string, string | undefined> // the named groups come last
    const original = originals.get(`[${(bracketed ?? bare ?? '').toUpperCase()}_${Number(first ?? second)}]`)
    if (original === undefined) throw new InventedPlaceholderError('The response contains an invented placeholder.')
    return original
  })
}
