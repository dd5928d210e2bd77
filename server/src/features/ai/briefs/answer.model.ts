import { type ProviderAnswer, providerAnswerSchema } from '../model.ts'

/** The provider's answer is unusable: it has the wrong shape, contains a link or markup, or is too long. */
export class BadAnswerError extends Error {}

// URLs, HTML, Markdown and control characters. A brief never contains them, so their presence suggests prompt injection.
const forbiddenContent = /https?:|www\.|[a-z0-9-]+\.[a-z]{2,}\/|<\/?[a-z][^>]*>|!\[|\]\(|```|\p{Cc}/iu

/**
 * Validates a provider's answer and restores the original values of its placeholders.
 *
 * @param restore - replaces placeholders by their originals; throws for an unknown placeholder
 * @throws BadAnswerError; whatever `restore` throws
 */
export function readAnswer(answer: unknown, restore: (text: string) => string): ProviderAnswer {
  const parsed = providerAnswerSchema.safeParse(answer)
  if (!parsed.success) throw new BadAnswerError('The response has the wrong shape.')
  const { about, asksFor, goodToKnow } = parsed.data
  if ([about, asksFor ?? '', ...goodToKnow].some((text) => forbiddenContent.test(text))) {
    // Check before restoring: a link that the attendee wrote is still a placeholder here and is allowed.
    throw new BadAnswerError('The response contains text that a brief never contains.')
  }
  return {
    about: restore(about),
    asksFor: asksFor === null ? null : restore(asksFor),
    goodToKnow: goodToKnow.map(restore),
  }
}

/** The answer as the text of a brief. */
export function sentencesOf({ about, asksFor, goodToKnow }: ProviderAnswer): string {
  const facts = goodToKnow.length === 0 ? [] : [`Good to know: ${goodToKnow.map(withoutFullStop).join('; ')}.`]
  return [about, ...(asksFor === null ? [] : [asksFor]), ...facts].map(withFullStop).join(' ')
}

function withFullStop(text: string): string {
  return /[.!?…”]$/.test(text) ? text : `${text}.`
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '')
}
