/** What a stretch of text tells of somebody; also the word that its placeholder begins with. */
export type PersonalKind = 'PERSON' | 'EMAIL' | 'LINK' | 'PHONE' | 'ADDRESS' | 'DATE' | 'NUMBER'

/** A stretch of a text, `start <= i < end` in UTF-16 units. Spans of one `identity` get one placeholder. */
export type Span = Readonly<{
  start: number
  end: number
  kind: PersonalKind
  /** Whom or what it names; the text itself where nothing better is known. */
  identity: string
  /** What is put back in the place of the placeholder. */
  original: string
}>

/** A span of a match as it stands in the text. */
export function spanOf(text: string, start: number, end: number, kind: PersonalKind): Span {
  const original = text.slice(start, end)
  return { start, end, kind, identity: `${kind}:${original.toLowerCase()}`, original }
}

/** Every match of a pattern with the flag `g`, as spans; of its group `told` where it has one. */
export function spansMatching(text: string, pattern: RegExp, kind: PersonalKind): Span[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const told = match.groups?.told ?? match[0]
    const start = match.index + match[0].lastIndexOf(told)
    return told.trim() === '' ? [] : [spanOf(text, start, start + told.length, kind)]
  })
}

/**
 * Spans without overlaps, in the order of the text. Of two that overlap the one that is earlier in the list stands; what
 * the other covers beyond it is not lost: it stands as a span of its own.
 */
export function withoutOverlaps(text: string, spans: readonly Span[]): Span[] {
  const standing: Span[] = []
  for (const span of spans) standing.push(...uncovered(text, span, standing))
  return standing.toSorted((a, b) => a.start - b.start)
}

function uncovered(text: string, span: Span, standing: readonly Span[]): Span[] {
  const over = standing.find((other) => other.start < span.end && span.start < other.end)
  if (over === undefined) return tells(span.kind, text.slice(span.start, span.end)) ? [span] : []
  const before = span.start < over.start ? [spanOf(text, span.start, over.start, span.kind)] : []
  const after = over.end < span.end ? [spanOf(text, over.end, span.end, span.kind)] : []
  return [...before, ...after].flatMap((rest) => uncovered(text, rest, standing))
}

/** What is left of a span beside another may be no more than its label: "SSN", "mailto:". */
function tells(kind: PersonalKind, text: string): boolean {
  if (kind === 'NUMBER' || kind === 'PHONE') return /\p{N}|\p{L}{2,}\s+\p{L}{2,}/u.test(text)
  return /[\p{L}\p{N}]/u.test(text) && !/^[a-z]+:\/*$/i.test(text)
}
