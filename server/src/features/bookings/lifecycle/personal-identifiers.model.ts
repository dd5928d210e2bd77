import type { CalAnswer, CalPerson } from './cal-event.model.ts'
import { normalizeText } from './sensitivity.model.ts'

/** The identifiers by which a booking's people could be recognized: names, email addresses, and phone numbers as digits. */
export type PersonalIdentifiers = Readonly<{
  /** Full names, reduced to letters and digits. */
  names: readonly string[]
  /** The parts of names with at least three letters. */
  parts: readonly string[]
  addresses: readonly string[]
  numbers: readonly string[]
}>

/** What is known about a booking's people, from all fields. */
export type KnownPeople = Readonly<{
  names: readonly (string | null)[]
  addresses: readonly (string | null)[]
  numbers: readonly (string | null)[]
  /** Typed texts. Addresses and phone numbers in them count as identifiers. */
  texts: readonly string[]
}>

const minPartLength = 3
/** Shorter parts occur within too many words: "Mark" in "market". */
const minSubstringLength = 4
const minDigits = 6

/** Name parts that occur in any title. */
const particles = new Set(['and', 'und', 'the', 'van', 'von', 'der', 'den', 'del', 'des', 'dos', 'mrs', 'herr', 'frau'])

const address = /[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+\.[^\s@<>()[\],;:"]+/gu
const number = /\+?\d(?:[\s()./-]{0,2}\d){5,}/gu

/** Collects the identifiers of a booking's people. */
export function personalIdentifiersOf({ names, addresses, numbers, texts }: KnownPeople): PersonalIdentifiers {
  const typed = texts.join('\n')
  const all = [...addresses, ...(typed.match(address) ?? []), ...(names.join('\n').match(address) ?? [])].filter(
    (each) => each !== null,
  )
  const whole = names.filter((name) => name !== null).map(lettersAndDigits)
  const parts = names.flatMap((name) => (name === null ? [] : wordsOf(name)))
  const locals = all.map((each) => each.slice(0, each.indexOf('@')))
  const numberTexts = [...numbers, ...(typed.match(number) ?? []), ...all.map(numberInAddress)]
  return {
    names: unique(whole.filter((name) => name.length >= minPartLength)),
    parts: unique([...parts, ...locals.flatMap(wordsOf)].filter(isIdentifying)),
    addresses: unique([
      ...all.map(lettersAndDigits),
      ...locals.map(lettersAndDigits).filter((local) => local.length >= minPartLength),
    ]),
    numbers: unique(numberTexts.flatMap((each) => (each === null ? [] : digitsOf(each).slice(-9)))).filter(
      (each) => each.length >= minDigits,
    ),
  }
}

/**
 * Whether a text contains an identifier: a full name, an email address or its local part, a phone number, or part of a name
 * as a word; with `isStrict` also within a word. Ignores case, accents and punctuation.
 */
export function containsIdentifier(
  text: string,
  of: PersonalIdentifiers,
  { isStrict }: Readonly<{ isStrict: boolean }>,
): boolean {
  const letters = lettersAndDigits(text)
  const digits = digitsOf(text)
  if (of.numbers.some((each) => digits.includes(each))) return true
  const words = wordsOf(text)
  // Short names and local parts ("Ed", "max") occur within any text, so they only count as whole words.
  const isWhole = (name: string) => (name.length > minSubstringLength ? letters.includes(name) : words.includes(name))
  if (of.names.some(isWhole) || of.addresses.some(isWhole)) return true
  if (of.parts.some((part) => words.includes(part))) return true
  return isStrict && of.parts.some((part) => part.length >= minSubstringLength && letters.includes(part))
}

function isIdentifying(part: string): boolean {
  return [...part].length >= minPartLength && !particles.has(part)
}

/** Reduces a text to its letters and digits, in lower case and without accents. */
export function lettersAndDigits(text: string): string {
  return folded(text).replaceAll(/[^\p{L}\p{N}]/gu, '')
}

const asciiText = /^[ -~]*$/

function folded(text: string): string {
  const plain = decoded(normalizeText(text))
  if (asciiText.test(plain)) return plain.toLowerCase()
  return plain
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll('đ', 'd')
}

/** Decodes percent-encoded letters in links. */
function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Splits a text into words, also before capitals: "talkWithAnna". */
function wordsOf(text: string): string[] {
  const apart = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
  const words = folded(apart).split(/[^\p{L}]+/u)
  return unique([...words, ...words.map((word) => word.replace(/s$/, ''))].filter((word) => word !== ''))
}

function digitsOf(text: string): string {
  return normalizeText(text).replaceAll(/\D/g, '').replace(/^0+/, '')
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

/** How to reach somebody in a booking. For the owner only: it is encrypted with the intake. */
export type Contact = Readonly<{ name: string | null; email: string | null; phoneNumber: string | null }>

/** Answers with the person who gave them; null for the person who booked. */
type Answers = readonly (CalAnswer & Readonly<{ by: CalPerson | null }>)[]

// For phone bookings Cal.com uses the address `<digits>@sms.cal.com`. Other gateways do the same with other hosts.
const gateway = /^\+?[\d().-]{5,}@(?:[a-z0-9-]+\.)*(?:sms|mms|text|txt|phone|tel|whatsapp)\.[a-z0-9.-]+$/i
const internationalNumber = /^\+[\d().-]{7,}@/
const phoneText = /^\+?[\d\s().-]{6,}$/
const addressText = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** The phone number in a synthetic email address, with a leading `+`. Null for a real address. */
export function numberInAddress(email: string): string | null {
  if (!gateway.test(email) && !internationalNumber.test(email)) return null
  return `+${email.slice(0, email.indexOf('@')).replaceAll(/\D/g, '')}`
}

/** Whether a text is a phone number and nothing else. */
function isPhoneNumber(text: string): boolean {
  return phoneText.test(text) && text.replaceAll(/\D/g, '').length >= 6
}

/** Whether a text is an email address and nothing else. */
export function isMailAddress(text: string): boolean {
  return addressText.test(text)
}

/** Moves a phone number to its own field if Cal.com put it into the name or address. */
export function withOwnNumber<P extends CalPerson>(person: P): P {
  const ofAddress = person.email === null ? null : numberInAddress(person.email)
  const ofName = person.name === null ? null : numberNamed(person.name)
  if (ofAddress === null && ofName === null) return person
  return {
    ...person,
    name: ofName === null ? person.name : null,
    email: ofAddress === null ? person.email : null,
    phoneNumber: person.phoneNumber ?? ofAddress ?? ofName,
  }
}

function numberNamed(name: string): string | null {
  if (isPhoneNumber(name)) return name
  return isMailAddress(name) ? numberInAddress(name) : null
}

const phoneSlug = /phone|smsReminder|mobile|whatsapp/i

/** The people of a booking, including those known only from answers, and all contacts. */
export function peopleWithContacts<P extends CalPerson>(
  listed: readonly P[],
  answers: Answers,
  toPerson: (person: CalPerson) => P,
): Readonly<{ people: P[]; contacts: Contact[] }> {
  const normalized = listed.map(withOwnNumber)
  const people = normalized.map((person, at) => {
    const own = answers.filter(({ by }) => (by === null ? at === 0 : isSame(by, listed[at])))
    return completed(person, own)
  })
  const ofBooker = answers.filter(({ by }) => by === null)
  if (people.length === 0) {
    const booker = completed(emptyPerson, ofBooker)
    if (booker.name !== null || booker.email !== null || booker.phoneNumber !== null) people.push(toPerson(booker))
  }
  for (const guest of guestsIn(ofBooker)) {
    if (!people.some((person) => isReachedBy(person, guest))) people.push(toPerson(guest))
  }
  const others = [...guestsIn(answers), ...furtherContacts(answers)]
  const contacts = people.map(({ name, email, phoneNumber }): Contact => ({ name, email, phoneNumber }))
  for (const other of others) {
    const { name, email, phoneNumber } = other
    if (!contacts.some((contact) => isReachedBy(contact, other))) contacts.push({ name, email, phoneNumber })
  }
  return { people, contacts }
}

const emptyPerson: CalPerson = { name: null, email: null, timeZone: null, phoneNumber: null }

function isSame(a: CalPerson, b: CalPerson | undefined): boolean {
  return b !== undefined && a.email === b.email && a.name === b.name && a.phoneNumber === b.phoneNumber
}

function completed<P extends CalPerson>(person: P, answers: Answers): P {
  const [address] = valuesOf(answers, 'email').filter(isMailAddress)
  const [name] = valuesOf(answers, 'name')
  const [number] = numbersIn(answers)
  const email = person.email ?? (person.phoneNumber === null ? (address ?? null) : null)
  return withOwnNumber({
    ...person,
    name: person.name ?? name ?? null,
    email,
    phoneNumber: person.phoneNumber ?? number ?? null,
  })
}

/** Guests by email address. A guest without one isn't a contact and remains in the answers only. */
function guestsIn(answers: Answers): CalPerson[] {
  const texts = valuesOf(answers, 'guests').flatMap((text) => text.split(/[\s,;<>]+/))
  return texts.filter(isMailAddress).map((email) => withOwnNumber({ ...emptyPerson, email }))
}

/** Further addresses and numbers: a second phone number, or another email address of the person who booked. */
function furtherContacts(answers: Answers): CalPerson[] {
  const addresses = valuesOf(answers, 'email').filter(isMailAddress)
  const ofAddresses = addresses.map((email) => withOwnNumber({ ...emptyPerson, email }))
  return [...ofAddresses, ...numbersIn(answers).map((phoneNumber) => ({ ...emptyPerson, phoneNumber }))]
}

function numbersIn(answers: Answers): string[] {
  const ofPhones = answers.filter(({ slug }) => phoneSlug.test(slug)).flatMap(({ values }) => values)
  return [...ofPhones, ...valuesOf(answers, 'location'), ...valuesOf(answers, 'guests')].filter(isPhoneNumber)
}

function valuesOf(answers: Answers, slug: string): string[] {
  return answers.filter((answer) => answer.slug === slug).flatMap(({ values }) => values)
}

function isReachedBy(person: Contact, other: Contact): boolean {
  const isSameAddress = other.email !== null && person.email?.toLowerCase() === other.email.toLowerCase()
  const isSameNumber =
    other.phoneNumber !== null &&
    person.phoneNumber !== null &&
    digits(person.phoneNumber) === digits(other.phoneNumber)
  return isSameAddress || isSameNumber
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '').replace(/^0+/, '')
}
