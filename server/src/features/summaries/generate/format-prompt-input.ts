import type { BookingFacts } from '../../ai/prompt.model.ts'
import { describeDuration, describeStart } from '../meeting.model.ts'
import { isSystemQuestion, questionOf } from '../question.model.ts'
import { type BriefSource, historySentence } from './brief.model.ts'

// Cal.com's own fields of who and how to reach them: told as people, or not at all.
const reaches = /phone|email|name$|^name|guests|location/i

/** What a provider may hear of a booking; who the people are is said apart, so that each of them becomes a placeholder. */
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
      .filter(({ slug }) => !isSystemQuestion(slug) || !reaches.test(slug))
      .map((answer) => ({ question: questionOf(answer), answer: answer.values.join(', ') })),
  }
}
