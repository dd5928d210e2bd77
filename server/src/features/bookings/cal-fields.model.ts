import type { CalAnswer, CalPerson } from './cal-event.model.ts'

/** A JSON object, or an empty one for anything else: a missing object then reads as an object of missing fields. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  // A JSON object has string keys; what its values are is found out field by field.
  return isObject(value) ? (value as Fields) : {}
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text that is there and not blank. PostgreSQL keeps no NUL and no half of a surrogate pair, so neither do we. */
export function textOf(value: unknown, maxLength = 100_000): string | null {
  const raw = typeof value === 'number' ? String(value) : value
  if (typeof raw !== 'string') return null
  const text = raw.replaceAll('\0', '').toWellFormed().trim()
  return text === '' ? null : clip(text, maxLength)
}

/** Cuts to a column's width, counted as PostgreSQL does: in code points. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return [...text].slice(0, maxLength).join('').trimEnd()
}

const latestYear = 9_999

/** An instant as ISO 8601 in UTC with milliseconds. Reads `Z`, `.000Z`, `+00:00`, no zone at all (UTC), and epoch ms. */
export function instantOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const hasZone = typeof value === 'number' || /(?:z|[+-]\d{2}:?\d{2}|gmt|utc)\s*$/i.test(value)
  const time = new Date(hasZone ? value : `${value.trim()}${value.includes(':') ? 'Z' : ''}`)
  const year = time.getUTCFullYear()
  return Number.isNaN(year) || year < 1970 || year > latestYear ? null : time.toISOString()
}

const maxInt32 = 2_147_483_647

/** A whole number that fits an INTEGER column, also when it came as text. */
export function integerOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= maxInt32 ? number : null
}

/** People, from whatever shape of list Cal.com used. Those without name and address are nobody. */
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
  if (!isObject(value)) return textOf(value, 255)
  const { firstName, lastName } = fieldsOf(value)
  return textOf([textOf(firstName), textOf(lastName)].filter((part) => part !== null).join(' '), 255)
}

/** The answers of one of Cal.com's maps of slug to answer. `label` is text or one of Cal.com's i18n keys. */
export function answersOf(value: unknown, isCustom: (slug: string) => boolean): CalAnswer[] {
  return Object.entries(fieldsOf(value)).flatMap(([rawSlug, answer]) => {
    const slug = textOf(rawSlug, 255)
    if (slug === null) return []
    const { label, value: given } = isObject(answer) ? fieldsOf(answer) : { label: null, value: answer }
    return { slug, label: textOf(label, 1_000) ?? slug, values: valuesOf(given), isCustom: isCustom(slug) }
  })
}

/** Deeper than any answer of Cal.com's: what nests further is somebody's attempt at the stack. */
const deepestAnswer = 16

/** What was answered, as texts: a text, a list, a yes or no, a place, a name in parts, or nothing. */
export function valuesOf(value: unknown): string[] {
  return valuesWithin(deepestAnswer, value)
}

function valuesWithin(depth: number, value: unknown): string[] {
  if (depth === 0) return []
  const within = (part: unknown) => valuesWithin(depth - 1, part)
  if (typeof value === 'boolean') return [value ? 'Yes' : 'No']
  if (Array.isArray(value)) return value.flatMap(within)
  if (!isObject(value)) return [textOf(value)].filter((text) => text !== null)
  const fields = fieldsOf(value)
  if ('optionValue' in fields || 'value' in fields) {
    const chosen = within(fields.optionValue)
    return chosen.length > 0 ? chosen : within(fields.value ?? fields.label)
  }
  const name = nameOf(fields)
  return name === null ? Object.values(fields).flatMap(within) : [name]
}
