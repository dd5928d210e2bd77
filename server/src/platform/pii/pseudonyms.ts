import { findAddresses } from './addresses.ts'
import { findContacts } from './contacts.ts'
import { findBirthDates } from './dates.ts'
import { withoutEntities } from './entities.ts'
import { findKnownNames, type KnownPerson } from './known-names.ts'
import { findNumbers } from './numbers.ts'
import { findOtherNames } from './other-names.ts'
import { anyPlaceholder } from './placeholders.ts'
import { type PersonalKind, type Span, spansMatching, withoutOverlaps } from './spans.ts'

/** The people a text is known to concern: names and contacts. */
export type Known = Readonly<{
  people: readonly KnownPerson[]
  /** Email addresses, phone numbers and the like, as given. */
  contacts: readonly string[]
  /** Locally used honorifics, in lower case, beside the common ones (Mr, Dr). */
  honorifics: readonly string[]
  /** Dates before last year are treated as dates of birth. */
  thisYear: number
}>

/** Texts with placeholders such as `[PERSON_1]` for personal data, and the originals. */
export type Pseudonymized = Readonly<{ texts: readonly string[]; originals: ReadonlyMap<string, string> }>

/**
 * Replaces names, email addresses, links, phone and other numbers, addresses and dates of birth with placeholders. The
 * same person or number gets the same placeholder in all texts; the result is deterministic.
 */
export function pseudonymize(texts: readonly string[], known: Known): Pseudonymized {
  const placeholders = new Map<string, string>()
  const originals = new Map<string, string>()
  const counts = new Map<PersonalKind, number>()
  const placeholderOf = (span: Span) => {
    const known = placeholders.get(span.identity)
    if (known !== undefined) return known
    const number = (counts.get(span.kind) ?? 0) + 1
    counts.set(span.kind, number)
    const placeholder = `[${span.kind}_${number}]`
    placeholders.set(span.identity, placeholder)
    originals.set(placeholder, span.original)
    return placeholder
  }
  return { texts: texts.map((text) => replaceIn(normalized(text), known, placeholderOf)), originals }
}

/** The spans that get placeholders: each with its kind, in order. */
export function findPersonalData(text: string, known: Known): Span[] {
  return withoutOverlaps(text, [
    ...findContacts(text),
    ...known.contacts.flatMap((contact) => findContact(text, contact)),
    ...findBirthDates(text, known.thisYear),
    ...findAddresses(text),
    ...findNumbers(text),
    ...findKnownNames(text, known.people, known.honorifics),
    // After the names: the local part of an address is often one.
    ...known.contacts.flatMap((contact) => findLocalPart(text, contact)),
    ...findOtherNames(text, known.honorifics),
  ])
}

/** Normalizes look-alike characters and removes invisible ones that could hide a name. */
export function normalized(text: string): string {
  const visible = withoutEntities(text)
    .normalize('NFKC')
    .replace(/[\p{Cf}\u00ad]/gu, '')
    // Long gaps would slow down patterns that look across them.
    .replace(/\s{4,}/gu, (gap) => (gap.includes('\n') ? '\n\n' : '  '))
  // Existing text that looks like a placeholder would be mistaken for one.
  return visible.replace(anyPlaceholder, (written) => written.replace(/[[\]\\]/g, '').replaceAll('_', ' '))
}

function replaceIn(text: string, known: Known, placeholderOf: (span: Span) => string): string {
  let replaced = ''
  let at = 0
  for (const span of findPersonalData(text, known)) {
    replaced += text.slice(at, span.start) + placeholderOf(span)
    at = span.end
  }
  return replaced + text.slice(at)
}

/** Finds a contact literally, and a number in any grouping of its digits. */
function findContact(text: string, contact: string): Span[] {
  const contactText = normalized(contact).trim()
  const digits = contactText.replace(/\D/g, '')
  if (!contactText.includes('@')) return digits.length < 6 ? [] : findDigits(text, digits.slice(-9))
  return spansMatching(text, wholeWord(contactText), 'EMAIL')
}

/** "petra.vogel": people often use the local part as a handle elsewhere. */
function findLocalPart(text: string, contact: string): Span[] {
  const [local = ''] = normalized(contact).trim().split('@')
  return contact.includes('@') && local.length > 4 ? spansMatching(text, wholeWord(local), 'EMAIL') : []
}

function wholeWord(word: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(word)}(?![\\p{L}\\p{N}])`, 'giu')
}

function findDigits(text: string, digits: string): Span[] {
  // Some write "O1O" to hide a number from machines.
  const signs = [...digits].map((digit) => ({ 0: '[0oO]', 1: '[1lI]' })[digit] ?? digit)
  const spaced = new RegExp(`[+(]{0,2}(?:\\d[\\s.\\-/()]{0,3}){0,6}?${signs.join('[\\s.\\-–/()_]{0,4}')}`, 'g')
  return spansMatching(text, spaced, 'PHONE')
}
