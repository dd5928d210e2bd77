import { type ProviderAnswer, providerAnswerSchema } from '../model.ts'

/** The answer is not what was asked for: another shape, a link, markup, or more than a brief may hold. */
export class BadAnswerError extends Error {}

// A brief has none of these; one that does follows somebody else's instructions.
const foreign = /https?:|www\.|[a-z0-9-]+\.[a-z]{2,}\/|<\/?[a-z][^>]*>|!\[|\]\(|```|\p{Cc}/iu

/**
 * Checks a provider's answer once more after its placeholders were put back.
 *
 * @param restore - puts back what a placeholder stands for; throws for one that stands for nothing
 * @throws BadAnswerError; whatever `restore` throws
 */
export function readAnswer(answer: unknown, restore: (text: string) => string): ProviderAnswer {
  const parsed = providerAnswerSchema.safeParse(answer)
  if (!parsed.success) throw new BadAnswerError('The answer has another shape.')
  const { about, asksFor, goodToKnow } = parsed.data
  if ([about, asksFor ?? '', ...goodToKnow].some((text) => foreign.test(text))) {
    // Looked at before anything is put back: a link of the attendee's own is a placeholder here.
    throw new BadAnswerError('The answer holds what no brief holds.')
  }
  return {
    about: restore(about),
    asksFor: asksFor === null ? null : restore(asksFor),
    goodToKnow: goodToKnow.map(restore),
  }
}

/** The sentences of an answer as they stand in a brief. */
export function sentencesOf({ about, asksFor, goodToKnow }: ProviderAnswer): string {
  const facts = goodToKnow.length === 0 ? [] : [`Good to know: ${goodToKnow.map(withoutStop).join('; ')}.`]
  return [about, ...(asksFor === null ? [] : [asksFor]), ...facts].map(withStop).join(' ')
}

function withStop(text: string): string {
  return /[.!?…”]$/.test(text) ? text : `${text}.`
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '')
}
