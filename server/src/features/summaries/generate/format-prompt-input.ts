import type { BookingFacts } from '../../ai/prompt.model.ts'
import { describeDuration, describeStart } from '../meeting.model.ts'
import { isSystemQuestion, questionOf } from '../question.model.ts'
import { type BriefSource, historySentence } from './brief.model.ts'

// Cal.com's contact fields. They are passed as people, or not at all.
const contactFields = /phone|email|name$|^name|guests|location/i

/** Builds the prompt input from a brief's source. People are listed separately, so that each becomes a placeholder. */
export function formatPromptInput(
  source: BriefSource,
  { contacts, ownerName, now }: Readonly<{ contacts: readonly string[]; ownerName: string; now: Date }>,
): BookingFacts {
  const numbers = source.answers.filter(({ slug }) => /phone/i.test(slug)).flatMap(({ values }) => values)
  return {
    attendeeNames: source.attendeeNames,
    contacts: [...contacts, ...numbers],
    ownerName,
    thisYear: now.getUTCFullYear(),
    eventType: source.eventTypeTitle ?? 'A meeting',
    when: describeStart(source),
    duration: describeDuration(source.durationMinutes),
    history: historySentence(source) ?? '',
    notes: source.notes ?? '',
    answers: source.answers
      .filter(({ slug }) => !isSystemQuestion(slug) || !contactFields.test(slug))
      .map((answer) => ({ question: questionOf(answer), answer: answer.values.join(', ') })),
  }
}
