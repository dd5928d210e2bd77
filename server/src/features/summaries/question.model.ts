import { tidied } from './quote.model.ts'

/** One question of a booking form and what was answered. `label` may be one of Cal.com's i18n keys. */
export type AnsweredQuestion = Readonly<{ slug: string; label: string; values: readonly string[] }>

// Cal.com's own fields: who and where are told from the booking itself, title and notes in a sentence of their own.
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

/** Whether a question is one of Cal.com's own that the brief tells in another way. */
export function isSystemQuestion(slug: string): boolean {
  return systemSlugs.has(slug) || slug.startsWith('metadata.')
}

/** How a question reads to a person: its label, or words made from it where it is an i18n key or missing. */
export function questionOf({ slug, label }: Pick<AnsweredQuestion, 'slug' | 'label'>): string {
  const text = tidied(label)
  const words = text === '' ? tidied(slug) : text
  return isKey(words) ? sentenceCase(words) : words
}

/** `reason_for_visit`, `reason-for-visit`, `rescheduleReason`, `booking.reason`, `notes`: one word of code, no sentence. */
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

/** The questions, as they read to a person, that something was answered to; the note counts as one. */
export function answeredQuestions(answers: readonly AnsweredQuestion[], notes: string | null): string[] {
  const asked = answers.filter(({ values }) => values.some((value) => tidied(value) !== '')).map(questionOf)
  return tidied(notes ?? '') === '' ? asked : [...new Set([...asked, 'Additional notes'])]
}
