import type { CalAnswer, CalLocation, CalPerson } from '../lifecycle/cal-event.model.ts'
import { fullLocation } from '../lifecycle/location.model.ts'
import { clip } from '../lifecycle/text.model.ts'
import { answersOf, type Fields, fieldsOf, isLocationKeyword, isObject, textOf, valuesOf } from './cal-fields.model.ts'

/** Built-in questions of Cal.com whose answers mostly repeat other fields of the payload. */
const repeatedSlugs = new Set(['name', 'email', 'guests', 'location', 'notes'])

/** Built-in questions of Cal.com with answers worth keeping. */
const builtInSlugs = new Set([
  ...repeatedSlugs,
  'title',
  'rescheduleReason',
  'attendeePhoneNumber',
  'smsReminderNumber',
])

/** Values from other fields of an event. An answer that only repeats one of them is omitted. */
type Elsewhere = Readonly<{ attendees: readonly CalPerson[]; place: CalLocation | null; notes: string | null }>

/** All answers, one per question, and all other text that a person may have typed. */
export function allAnswersOf(payload: Fields, elsewhere: Elsewhere): CalAnswer[] {
  const custom = answersOf(payload.userFieldsResponses, () => true)
  // Older payloads have no userFieldsResponses. In them a question is custom if it isn't a built-in one.
  const saysWhichAreCustom = isObject(payload.userFieldsResponses)
  const others = answersOf(payload.responses, (slug) => !saysWhichAreCustom && !builtInSlugs.has(slug))
  const legacy = answersOf(payload.customInputs, () => true)
  const all = inOneOfEach([...custom, ...others, ...legacy, ...furtherTexts(payload)])
  const told = toldIn(elsewhere)
  return all
    .map((answer) => (repeatedSlugs.has(answer.slug) && !answer.isCustom ? withoutTold(answer, told) : answer))
    .filter((answer) => answer.isCustom || answer.values.length > 0)
}

/** Merges the answers to each question. The label is that of the first one. */
function inOneOfEach(answers: readonly CalAnswer[]): CalAnswer[] {
  const bySlug = new Map<string, CalAnswer>()
  for (const answer of answers) {
    const known = bySlug.get(answer.slug)
    const values = [...new Set([...(known?.values ?? []), ...answer.values])]
    bySlug.set(
      answer.slug,
      known === undefined ? answer : { ...known, values, isCustom: known.isCustom || answer.isCustom },
    )
  }
  return [...bySlug.values()]
}

/**
 * Text that a person may have typed outside the form: reasons and phone numbers at the top level, and metadata, which a
 * booking link can set.
 */
function furtherTexts(payload: Fields): CalAnswer[] {
  const { rescheduleReason, reschedulingReason, smsReminderNumber, location, attendees } = payload
  const { videoCallUrl: _link, ...metadata } = fieldsOf(payload.metadata)
  const ofMetadata = answersOf(metadata, () => false).map((answer) => ({
    ...answer,
    slug: clip(`metadata.${answer.slug}`, 255),
    values: answer.values.filter((text) => /\p{L}.*\s|[^\x20-\x7e]/u.test(text)),
  }))
  return [
    { slug: 'rescheduleReason', label: 'rescheduleReason', values: [rescheduleReason, reschedulingReason] },
    { slug: 'smsReminderNumber', label: 'smsReminderNumber', values: smsReminderNumber },
    { slug: 'location', label: 'location', values: location },
    { slug: 'name', label: 'name', values: partsOfNames(attendees) },
  ]
    .map((answer) => ({ ...answer, values: valuesOf(answer.values), isCustom: false }))
    .concat(ofMetadata)
}

/** First and last names that are missing from the full name. */
function partsOfNames(attendees: unknown): string[] {
  return (Array.isArray(attendees) ? attendees : [attendees]).flatMap((attendee: unknown) => {
    const { name, firstName, lastName } = fieldsOf(attendee)
    const whole = valuesOf(name).join(' ').toLowerCase()
    return whole === '' ? [] : valuesOf([firstName, lastName]).filter((part) => !whole.includes(part.toLowerCase()))
  })
}

function toldIn({ attendees, place, notes }: Elsewhere): ReadonlySet<string> {
  const ofPeople = attendees.flatMap(({ name, email, phoneNumber }) => [name, email, phoneNumber])
  const texts = [...ofPeople, fullLocation(place), ...(notes ?? '').split('\n\n'), notes]
  return new Set(texts.flatMap((text) => (text ? [text.toLowerCase()] : [])))
}

function withoutTold(answer: CalAnswer, told: ReadonlySet<string>): CalAnswer {
  const isSaid = (text: string) =>
    told.has(text.toLowerCase()) || (answer.slug === 'location' && isLocationKeyword(text)) || text === 'No'
  return { ...answer, values: answer.values.filter((text) => !isSaid(text)) }
}

/**
 * The attendee's notes outside the questions. Cal.com repeats them under several names; only distinct texts are kept.
 */
export function notesOf(payload: Fields): string | null {
  const { additionalNotes, description, notes: atTheTop, responses } = payload
  const {
    label: _label,
    isHidden: _hidden,
    ...typed
  } = isObject(fieldsOf(responses).notes) ? fieldsOf(fieldsOf(responses).notes) : { value: fieldsOf(responses).notes }
  const texts = [additionalNotes, description, typed, atTheTop].flatMap(
    (part) => textOf(valuesOf(part).join('\n')) ?? [],
  )
  const distinct = texts.filter(
    (text, at) => !texts.some((other, place) => place !== at && other.includes(text) && (other !== text || place < at)),
  )
  return textOf(distinct.join('\n\n'))
}
