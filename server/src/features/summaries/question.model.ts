import { singleLine } from './quote.model.ts'

/** A question of a booking form with its answers. `label` can be one of Cal.com's i18n keys. */
export type AnsweredQuestion = Readonly<{ slug: string; label: string; values: readonly string[] }>

// Cal.com's own fields. The brief takes people and place from the booking itself, and has separate sentences for title and
// notes.
const systemSlugs: ReadonlySet<string> = new Set([
  'name',
  'firstName',
  'lastName',
  'email',
  'guests',
  'location',
  'title',
  'notes',
  'attendeePhoneNumber',
  'smsReminderNumber',
  'aiAgentCallPhoneNumber',
])

/** Whether a question is one of Cal.com's own fields, which the brief covers elsewhere. */
export function isSystemQuestion(slug: string): boolean {
  return systemSlugs.has(slug) || slug.startsWith('metadata.')
}

/** A readable question: its label, or a text derived from the key if the label is missing or an i18n key. */
export function questionOf({ slug, label }: Pick<AnsweredQuestion, 'slug' | 'label'>): string {
  const text = singleLine(label)
  const readable = text === '' ? singleLine(slug) : text
  return isKey(readable) ? sentenceCase(readable) : readable
}

/** Matches identifiers such as `reason_for_visit`, `reason-for-visit`, `rescheduleReason`, `booking.reason` and `notes`. */
function isKey(text: string): boolean {
  return /^[a-z][a-zA-Z0-9]*(?:[._-][a-zA-Z0-9]+)*$/.test(text)
}

function sentenceCase(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s._-]+/)
    .join(' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The readable questions that have an answer. The note counts as one. */
export function answeredQuestions(answers: readonly AnsweredQuestion[], notes: string | null): string[] {
  const asked = answers.filter(({ values }) => values.some((value) => singleLine(value) !== '')).map(questionOf)
  return singleLine(notes ?? '') === '' ? asked : [...new Set([...asked, 'Additional notes'])]
}
