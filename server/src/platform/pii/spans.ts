/** The kind of personal data; also the prefix of its placeholder. */
export type PersonalKind = 'PERSON' | 'EMAIL' | 'LINK' | 'PHONE' | 'ADDRESS' | 'DATE' | 'NUMBER'

/** A span of text, `start <= i < end` in UTF-16 units. Spans of one `identity` share a placeholder. */
export type Span = Readonly<{
  start: number
  end: number
  kind: PersonalKind
  /** Who or what it identifies; by default the text itself. */
  identity: string
  /** What replaces the placeholder when the text is restored. */
  original: string
}>

/** A span that keeps its text as the original. */
export function spanOf(text: string, start: number, end: number, kind: PersonalKind): Span {
  const original = text.slice(start, end)
  return { start, end, kind, identity: `${kind}:${original.toLowerCase()}`, original }
}

/** All matches of a pattern with the flag `g`, as spans; those of its group `told` if it has one. */
export function spansMatching(text: string, pattern: RegExp, kind: PersonalKind): Span[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const matched = match.groups?.told ?? match[0]
    const start = match.index + match[0].lastIndexOf(matched)
    return matched.trim() === '' ? [] : [spanOf(text, start, start + matched.length, kind)]
  })
}

/**
 * Removes overlaps and sorts the spans. Of two overlapping spans the earlier in the list wins; the remainder of the
 * other becomes a span of its own.
 */
export function withoutOverlaps(text: string, spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans) result.push(...uncovered(text, span, result))
  return result.toSorted((a, b) => a.start - b.start)
}

function uncovered(text: string, span: Span, result: readonly Span[]): Span[] {
  const overlapping = result.find((other) => other.start < span.end && span.start < other.end)
  if (overlapping === undefined) return isIdentifying(span.kind, text.slice(span.start, span.end)) ? [span] : []
  const before = span.start < overlapping.start ? [spanOf(text, span.start, overlapping.start, span.kind)] : []
  const after = overlapping.end < span.end ? [spanOf(text, overlapping.end, span.end, span.kind)] : []
  return [...before, ...after].flatMap((rest) => uncovered(text, rest, result))
}

/** The remainder of a span may be just its label: "SSN", "mailto:". */
function isIdentifying(kind: PersonalKind, text: string): boolean {
  if (kind === 'NUMBER' || kind === 'PHONE') return /\p{N}|\p{L}{2,}\s+\p{L}{2,}/u.test(text)
  return /[\p{L}\p{N}]/u.test(text) && !/^[a-z]+:\/*$/i.test(text)
}
