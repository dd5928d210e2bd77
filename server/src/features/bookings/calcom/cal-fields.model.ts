import type { CalAnswer, CalLocation, CalPerson } from '../lifecycle/cal-event.model.ts'
import { clip, fullLocation } from '../lifecycle/plaintext-texts.model.ts'

/** A JSON object. Empty for any other value, so that a missing object reads as one with all fields missing. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  // JSON keys are strings. The values are checked field by field.
  return isObject(value) ? (value as Fields) : {}
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Non-blank text, or null. Removes NUL and replaces unpaired surrogates, which PostgreSQL can't store. */
export function textOf(value: unknown, maxLength = 100_000): string | null {
  const raw = typeof value === 'number' ? String(value) : value
  if (typeof raw !== 'string') return null
  const text = raw.replaceAll('\0', '').toWellFormed().trim()
  return text === '' ? null : clip(text, maxLength)
}

const latestYear = 9_999

/**
 * A point in time as ISO 8601 in UTC with milliseconds, or null. Accepts `Z`, `.000Z`, `+00:00`, no zone (UTC), and
 * epoch milliseconds.
 */
export function instantOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const hasZone = typeof value === 'number' || /(?:z|[+-]\d{2}:?\d{2}|gmt|utc)\s*$/i.test(value)
  const time = new Date(hasZone ? value : `${value.trim()}${value.includes(':') ? 'Z' : ''}`)
  const year = time.getUTCFullYear()
  return Number.isNaN(year) || year < 1970 || year > latestYear ? null : time.toISOString()
}

const maxInt32 = 2_147_483_647

/** An integer that fits an INTEGER column, or null. Accepts text too. */
export function integerOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= maxInt32 ? number : null
}

/** The people in a list, in any of Cal.com's formats. Entries without name and address are omitted. */
export function peopleOf(value: unknown): CalPerson[] {
  const list = (Array.isArray(value) ? value : [value]).filter(isObject)
  return list
    .map(personOf)
    .filter((person) => person.name !== null || person.email !== null || person.phoneNumber !== null)
}

function personOf(value: unknown): CalPerson {
  const fields = fieldsOf(value)
  const name = nameOf(fields.name) ?? nameOf(fields)
  return {
    name,
    email: textOf(fields.email, 320),
    timeZone: textOf(fields.timeZone, 50),
    phoneNumber: textOf(fields.phoneNumber, 50),
  }
}

function nameOf(value: unknown): string | null {
  if (!isObject(value)) return textOf(value, 1_000)
  const { firstName, lastName } = fieldsOf(value)
  return textOf([textOf(firstName), textOf(lastName)].filter((part) => part !== null).join(' '), 1_000)
}

/**
 * The answers in a map of Cal.com's from slug to answer, or in a list of answers. `label` is text or one of Cal.com's
 * i18n keys. No text is lost: unexpected fields become further values of their answer.
 */
function answersOf(value: unknown, isCustom: (slug: string) => boolean): CalAnswer[] {
  return answerEntries(value).map(([rawSlug, answer]) => {
    const slug = textOf(rawSlug, 255) ?? 'answer'
    const isWrapped = isObject(answer) && ('value' in fieldsOf(answer) || 'label' in fieldsOf(answer))
    const { label, value: given, isHidden: _hidden, ...further } = isWrapped ? fieldsOf(answer) : { value: answer }
    const values = [...valuesOf(given), ...valuesOf(further).filter((text) => text.length > 1)]
    const asked = textOf(label, 1_000) ?? textOf(valuesOf(label).join(' '), 1_000) ?? textOf(rawSlug, 1_000)
    return { slug, label: asked ?? slug, values: [...new Set(values)], isCustom: isCustom(slug) }
  })
}

function answerEntries(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((answer, index) => [slugIn(answer) ?? String(index + 1), answer])
  if (isObject(value)) return Object.entries(fieldsOf(value))
  return textOf(value) === null ? [] : [['answer', value]]
}

function slugIn(answer: unknown): string | null {
  const { slug, name, label } = fieldsOf(answer)
  return textOf(slug) ?? textOf(name) ?? textOf(label)
}

/** Deeper than any answer of Cal.com's. Values nested further are kept as JSON text. */
const deepestAnswer = 16

/** The texts in an answer, without duplicates. Accepts text, lists, booleans, locations, names in parts, and null. */
export function valuesOf(value: unknown): string[] {
  return [...new Set(valuesWithin(deepestAnswer, value))]
}

function valuesWithin(depth: number, value: unknown): string[] {
  if (typeof value === 'boolean') return [value ? 'Yes' : 'No']
  if (typeof value !== 'object' || value === null) return [textOf(value)].filter((text) => text !== null)
  if (depth === 0) return [textOf(asJson(value))].filter((text) => text !== null)
  const within = (part: unknown) => valuesWithin(depth - 1, part)
  if (Array.isArray(value)) return value.flatMap(within)
  const fields = fieldsOf(value)
  const { optionValue, value: chosen, label, firstName, lastName, ...further } = fields
  if ('optionValue' in fields || 'value' in fields) {
    const typed = within(optionValue)
    const values = [...typed, ...within(chosen).filter((text) => typed.length === 0 || !isLocationKeyword(text))]
    const ofName = [firstName, lastName].flatMap(within)
    return [...(values.length > 0 ? values : within(label)), ...ofName, ...textsAmong(further, within)]
  }
  const name = nameOf(fields)
  const own = name === null ? [] : [name]
  return [...own, ...textsAmong(name === null ? fields : { ...further, optionValue, chosen, label }, within)]
}

/** Whether a text is a location type or app of Cal.com's, as opposed to text that a person typed. */
function isLocationKeyword(text: string): boolean {
  return /^(?:integrations?:[\w:.-]{1,64}|conferencing|inPerson|attendeeInPerson|phone|userPhone|link|somewhereElse)$/.test(
    text,
  )
}

/**
 * The texts in further fields. A key counts as a field name, unless it reads like a sentence or belongs to a checkbox.
 */
function textsAmong(fields: Fields, within: (part: unknown) => string[]): string[] {
  return Object.entries(fields).flatMap(([key, part]) => {
    if (part === undefined) return []
    const isWord = /^[\w.-]{1,64}$/.test(key) && typeof part !== 'boolean'
    const said = within(part)
    const question = isWord ? null : textOf(key, 1_000)
    return question === null ? said : [`${question}: ${said.join(', ')}`]
  })
}

/** Null if JSON.stringify fails. A hostile payload may be nested deeply enough to overflow its stack. */
function asJson(value: unknown): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

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
  const repeated = textsElsewhere(elsewhere)
  return all
    .map((answer) => (repeatedSlugs.has(answer.slug) && !answer.isCustom ? withoutRepeated(answer, repeated) : answer))
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

function textsElsewhere({ attendees, place, notes }: Elsewhere): ReadonlySet<string> {
  const ofPeople = attendees.flatMap(({ name, email, phoneNumber }) => [name, email, phoneNumber])
  const texts = [...ofPeople, fullLocation(place), ...(notes ?? '').split('\n\n'), notes]
  return new Set(texts.flatMap((text) => (text ? [text.toLowerCase()] : [])))
}

function withoutRepeated(answer: CalAnswer, repeated: ReadonlySet<string>): CalAnswer {
  const isSaid = (text: string) =>
    repeated.has(text.toLowerCase()) || (answer.slug === 'location' && isLocationKeyword(text)) || text === 'No'
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
