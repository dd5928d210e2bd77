import { describeDuration, describeStart, type MeetingFacts } from './meeting.model.ts'
import { listPeople } from './people.model.ts'
import { type AnsweredQuestion, isSystemQuestion, questionOf } from './question.model.ts'
import { quoted, shortened, tidied } from './quote.model.ts'

/** All that a brief is written from. */
export type BriefSource = MeetingFacts &
  Readonly<{
    attendeeNames: readonly string[]
    notes: string | null
    answers: readonly AnsweredQuestion[]
  }>

const longestQuote = 280
const longestAnswer = 140
const mostAnswers = 4

/**
 * Writes, by rules alone, what a pastor wants to know on the way to the door: who comes, when, what for, and what was
 * said about it. One to three sentences; the same source always gives the same text.
 */
export function writeBrief(source: BriefSource): string {
  const said = [aboutSentence(source), answersSentence(source)].filter((sentence) => sentence !== null)
  const rest = said.length > 0 ? said : ['Nothing was written in the booking form.']
  return [whoSentence(source), ...rest].join(' ')
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
