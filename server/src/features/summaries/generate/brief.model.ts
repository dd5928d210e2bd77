import { describeDuration, describeStart, type MeetingFacts } from '../meeting.model.ts'
import { listPeople } from '../people.model.ts'
import { type AnsweredQuestion, isSystemQuestion, questionOf } from '../question.model.ts'
import { quoted, shortened, tidied } from '../quote.model.ts'

/** All that a brief is written from. */
export type BriefSource = MeetingFacts &
  Readonly<{
    attendeeNames: readonly string[]
    notes: string | null
    answers: readonly AnsweredQuestion[]
    /** Null where nobody can be recognized: no address is known. */
    history: Readonly<{ earlierMeetings: number; lastAt: Date | null }> | null
    urgentMatters: readonly string[]
  }>

const longestQuote = 280
const longestAnswer = 140
const mostAnswers = 4

/**
 * Writes what a pastor wants to know on the way to the door: what is urgent, who comes, when, how often before, what for,
 * and what was asked. The same source always gives the same text.
 *
 * @param said - what a provider made of the form; null: the rules quote it
 */
export function writeBrief(source: BriefSource, said: string | null = null): string {
  const known = [urgentSentence(source), whoSentence(source), historySentence(source)]
  const quotes = [aboutSentence(source), requestSentence(source), answersSentence(source)].filter(
    (each) => each !== null,
  )
  const told = said === null ? quotes : [said]
  return [...known, ...(told.length > 0 ? told : ['Nothing was written in the booking form.'])]
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
  const often = earlierMeetings === 1 ? 'once' : `${earlierMeetings} times`
  return `You met ${often} before, last on ${describeStart({ startTime: lastAt, timeZone })}.`
}

function whoSentence(source: BriefSource): string {
  const names = source.attendeeNames.map(tidied).filter((name) => name !== '')
  const who = names.length === 0 ? 'A guest' : listPeople(names)
  const meets = names.length > 1 ? 'meet' : 'meets'
  const what = tidied(source.eventTypeTitle ?? '')
  const how = source.durationMinutes > 0 ? ` for ${describeDuration(source.durationMinutes)}` : ''
  return `${who} ${meets} you on ${describeStart(source)}${how}${what === '' ? '' : ` (${what})`}.`
}

/** Cal.com asks "What is this meeting about?" under the slug `title`; the note is its "Additional notes". */
function aboutSentence({ answers, notes }: BriefSource): string | null {
  const topic = listValues(answers.find(({ slug }) => slug === 'title')?.values ?? [])
  const note = tidied(notes ?? '')
  if (topic === '' && note === '') return null
  if (note === '' || note === topic) return `It is about ${sentenceEnd(quoted(shortened(topic || note, longestQuote)))}`
  if (topic === '') return `The note says: ${sentenceEnd(quoted(shortened(note, longestQuote)))}`
  return `It is about ${quoted(shortened(topic, longestAnswer))}, and the note says: ${sentenceEnd(quoted(shortened(note, longestQuote)))}`
}

const asking =
  /\b(?:please|could you|can you|would you|will you|i would like|i.d like|i need|we need|help (?:me|us)|pray for)\b/iu

/** What a long note asks for, where the quotation above ends before it. */
function requestSentence({ notes }: BriefSource): string | null {
  const note = tidied(notes ?? '')
  if ([...note].length <= longestQuote) return null
  const shown = shortened(note, longestQuote).replace(/…$/, '')
  const request = note
    .match(/[^.!?]+[.!?]*/gu)
    ?.find((sentence) => asking.test(sentence))
    ?.trim()
  if (request === undefined || shown.includes(request)) return null
  return `It asks: ${sentenceEnd(quoted(shortened(request, longestAnswer)))}`
}

function answersSentence({ answers, notes }: BriefSource): string | null {
  const note = tidied(notes ?? '')
  const told = answers.flatMap((answer) => {
    const value = listValues(answer.values)
    const isToldElsewhere = value === '' || value === note || isSystemQuestion(answer.slug)
    return isToldElsewhere ? [] : [`${asked(questionOf(answer))} ${quoted(shortened(value, longestAnswer))}`]
  })
  if (told.length === 0) return null
  const left = told.length - mostAnswers
  const shown = left > 0 ? [...told.slice(0, mostAnswers), `and ${left} more`] : told
  return `In the form: ${sentenceEnd(shown.join('; '))}`
}

/** A question keeps its own mark; a label gets a colon. */
function asked(question: string): string {
  return /[?:!.]$/.test(question) ? question : `${question}:`
}

function listValues(values: readonly string[]): string {
  return values
    .map((value) => tidied(plainValue(value)))
    .filter((value) => value !== '')
    .join(', ')
}

/** Cal.com sends a ticked box as a boolean. */
function plainValue(value: string): string {
  if (value === 'true') return 'yes'
  return value === 'false' ? 'no' : value
}

/** A quotation that ends its sentence needs no second full stop. */
function sentenceEnd(text: string): string {
  return /[.!?…]”$/.test(text) ? text : `${text}.`
}
