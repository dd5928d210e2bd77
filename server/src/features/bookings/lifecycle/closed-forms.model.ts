import { isTimeZone } from '../../../platform/time-zone.ts'
import { numberInAddress } from './contacts.model.ts'
import type { FoldedBooking } from './fold.model.ts'
import { type Mentions, mentions, mentionsOf, squeezed } from './mentions.model.ts'

/** What an event type is called and how it is described. Each is null where nothing is known that may be shown. */
export type EventTypeTexts = Readonly<{ title: string | null; slug: string | null; description: string | null }>

const longestSlug = 100
const longestTitle = 255
const longestDescription = 2_000
const longestQuestion = 300
/** Shorter than this a typed text is a word that any title may hold. */
const shortestQuote = 8

const slugForm = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** A slug of lower-case letters, digits and single hyphens; null for any other text. */
function slugOf(text: string | null): string | null {
  return text !== null && text.length <= longestSlug && slugForm.test(text) ? text : null
}

/** An IANA time zone; null for any other text. */
export function zoneOf(text: string | null): string | null {
  return text !== null && text.length <= 50 && isTimeZone(text) ? text : null
}

/** By what the people of a booking can be recognized. */
export function mentionsIn(life: FoldedBooking): Mentions {
  const { people, contacts, answers, notes, place } = life
  const named = answers.filter(({ slug }) => slug === 'name' || slug === 'guests').flatMap(({ values }) => values)
  const typed = answers.flatMap(({ values }) => values)
  return mentionsOf({
    names: [
      ...[...people, ...contacts].map(({ name }) => name),
      ...named.filter((name) => numberInAddress(name) === null),
    ],
    addresses: [...people, ...contacts].map(({ email }) => email),
    numbers: [...people, ...contacts].map(({ phoneNumber }) => phoneNumber),
    texts: [...typed, notes ?? '', place?.typed ?? ''],
  })
}

/**
 * What a booking's events call its event type, as far as it may stand in plaintext: texts that name nobody of the booking
 * and quote nothing that was typed. Nothing, where nobody is known whom a text could name.
 */
export function offeredEventType(life: FoldedBooking): EventTypeTexts {
  if (life.people.length === 0) return { title: null, slug: null, description: null }
  const of = mentionsIn(life)
  const may = (text: string | null, longest: number) => {
    const isFit =
      text !== null && text.length <= longest && !mentions(text, of, { isStrict: true }) && !quotes(text, life)
    return isFit ? text : null
  }
  return {
    title: may(life.eventTypeTitle, longestTitle),
    slug: may(slugOf(life.eventTypeSlug), longestSlug),
    description: may(life.eventTypeDescription, longestDescription),
  }
}

/** What a booking shows of its event type: also what the pastor calls it is left out where it names somebody who comes. */
export function shownEventType(known: EventTypeTexts | null, of: Mentions): EventTypeTexts {
  const shown = (text: string | null) => (text !== null && !mentions(text, of, { isStrict: false }) ? text : null)
  return {
    title: shown(known?.title ?? null),
    slug: shown(known?.slug ?? null),
    description: shown(known?.description ?? null),
  }
}

/** What is known of an event type, with what a booking tells of it in the gaps; null where that tells nothing more. */
export function learned(known: EventTypeTexts | null, offered: EventTypeTexts): EventTypeTexts | null {
  const next = {
    title: known?.title ?? offered.title,
    slug: known?.slug ?? offered.slug,
    description: known?.description ?? offered.description,
  }
  const isMore = (['title', 'slug', 'description'] as const).some((key) => next[key] !== (known?.[key] ?? null))
  return isMore ? next : null
}

/** A question as a form may show it: its label, or its slug where the label names somebody; null where both do. */
export function questionToShow(
  { slug, label }: Readonly<{ slug: string; label: string }>,
  of: Mentions,
): Readonly<{ slug: string; label: string }> | null {
  const may = (text: string) => text.length <= longestQuestion && !mentions(text, of, { isStrict: true })
  if (slug.length > longestSlug || !may(slug)) return null
  return { slug, label: may(label) ? label : slug }
}

function quotes(text: string, { notes, answers, place, title }: FoldedBooking): boolean {
  const letters = squeezed(text)
  const typed = [...(notes ?? '').split('\n\n'), place?.typed ?? '', ...answers.flatMap(({ values }) => values)]
  const isQuoted = typed.map(squeezed).some((each) => each.length >= shortestQuote && letters.includes(each))
  // A whole booking title, which names the attendee, sent as the event type's.
  const isOfPeople = title !== null && /\b(?:between|with)\b/iu.test(text) && squeezed(title) === letters
  return isQuoted || isOfPeople
}
