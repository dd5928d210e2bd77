import { describeDuration, describeStart, type MeetingFacts } from '../meeting.model.ts'
import { listPeople } from '../people.model.ts'
import { type AnsweredQuestion, isSystemQuestion, questionOf } from '../question.model.ts'
import { quote, singleLine, truncate } from '../quote.model.ts'

/** The input of a brief. */
export type BriefSource = MeetingFacts &
  Readonly<{
    attendeeNames: readonly string[]
    notes: string | null
    answers: readonly AnsweredQuestion[]
    /** Null if no email address is known, so that the attendees can't be matched with earlier bookings. */
    history: Readonly<{ earlierMeetings: number; lastAt: Date | null }> | null
    urgentMatters: readonly string[]
  }>

const maxQuoteLength = 280
const maxAnswerLength = 140
const maxAnswers = 4

/**
 * Writes a brief for a pastor about to meet someone: what is urgent, who is coming, when, how often they met before, and
 * what the form says. Deterministic.
 *
 * @param aiText - a provider's text about the form; null to quote the form instead
 */
export function writeBrief(source: BriefSource, aiText: string | null = null): string {
  const known = [urgentSentence(source), whoSentence(source), historySentence(source)]
  const quotes = [aboutSentence(source), requestSentence(source), answersSentence(source)].filter(
    (each) => each !== null,
  )
  const parts = aiText === null ? quotes : [aiText]
  return [...known, ...(parts.length > 0 ? parts : ['Nothing was written in the booking form.'])]
    .filter((sentence) => sentence !== null)
    .join(' ')
}

function urgentSentence({ urgentMatters }: BriefSource): string | null {
  return urgentMatters.length === 0 ? null : `Urgent: what was written speaks of ${listPeople(urgentMatters)}.`
}

/** "You met 3 times before, last on Tuesday 4 August at 10:00." */
export function historySentence({ history, timeZone }: BriefSource): string | null {
  if (history === null) return null
  const { earlierMeetings, lastAt } = history
  if (earlierMeetings === 0 || lastAt === null) return 'No earlier meeting is known.'
  const frequency = earlierMeetings === 1 ? 'once' : `${earlierMeetings} times`
  return `You met ${frequency} before, last on ${describeStart({ startTime: lastAt, timeZone })}.`
}

function whoSentence(source: BriefSource): string {
  const names = source.attendeeNames.map(singleLine).filter((name) => name !== '')
  const guests = names.length === 0 ? 'A guest' : listPeople(names)
  const meets = names.length > 1 ? 'meet' : 'meets'
  const eventType = singleLine(source.eventTypeTitle ?? '')
  const duration = source.durationMinutes > 0 ? ` for ${describeDuration(source.durationMinutes)}` : ''
  return `${guests} ${meets} you on ${describeStart(source)}${duration}${eventType === '' ? '' : ` (${eventType})`}.`
}

/** Cal.com's question "What is this meeting about?" has the slug `title`; the note is its "Additional notes". */
function aboutSentence({ answers, notes }: BriefSource): string | null {
  const topic = listValues(answers.find(({ slug }) => slug === 'title')?.values ?? [])
  const note = singleLine(notes ?? '')
  if (topic === '' && note === '') return null
  if (note === '' || note === topic) return `It is about ${sentenceEnd(quote(truncate(topic || note, maxQuoteLength)))}`
  if (topic === '') return `The note says: ${sentenceEnd(quote(truncate(note, maxQuoteLength)))}`
  return `It is about ${quote(truncate(topic, maxAnswerLength))}, and the note says: ${sentenceEnd(quote(truncate(note, maxQuoteLength)))}`
}

const requestPattern =
  /\b(?:please|could you|can you|would you|will you|i would like|i.d like|i need|we need|help (?:me|us)|pray for)\b/iu

/** The first request in a long note, if the truncated quotation doesn't contain it. */
function requestSentence({ notes }: BriefSource): string | null {
  const note = singleLine(notes ?? '')
  if ([...note].length <= maxQuoteLength) return null
  const listed = truncate(note, maxQuoteLength).replace(/…$/, '')
  const request = note
    .match(/[^.!?]+[.!?]*/gu)
    ?.find((sentence) => requestPattern.test(sentence))
    ?.trim()
  if (request === undefined || listed.includes(request)) return null
  return `It asks: ${sentenceEnd(quote(truncate(request, maxAnswerLength)))}`
}

function answersSentence({ answers, notes }: BriefSource): string | null {
  const note = singleLine(notes ?? '')
  const parts = answers.flatMap((answer) => {
    const value = listValues(answer.values)
    const isCovered = value === '' || value === note || isSystemQuestion(answer.slug)
    return isCovered ? [] : [`${withPunctuation(questionOf(answer))} ${quote(truncate(value, maxAnswerLength))}`]
  })
  if (parts.length === 0) return null
  const omitted = parts.length - maxAnswers
  const listed = omitted > 0 ? [...parts.slice(0, maxAnswers), `and ${omitted} more`] : parts
  return `In the form: ${sentenceEnd(listed.join('; '))}`
}

/** Adds a colon unless the question ends in punctuation. */
function withPunctuation(question: string): string {
  return /[?:!.]$/.test(question) ? question : `${question}:`
}

function listValues(values: readonly string[]): string {
  return values
    .map((value) => singleLine(plainValue(value)))
    .filter((value) => value !== '')
    .join(', ')
}

/** Cal.com sends checkboxes as booleans. */
function plainValue(value: string): string {
  if (value === 'true') return 'yes'
  return value === 'false' ? 'no' : value
}

/** Adds a full stop, unless the quotation already ends the sentence. */
function sentenceEnd(text: string): string {
  return /[.!?…]”$/.test(text) ? text : `${text}.`
}
