import type { BookingEvent, MeetingEvent } from './cal-event.model.ts'
import type { LogEntry } from './event-log.model.ts'

/** Why a meeting is urgent, as shown to the pastor. */
type UrgentMatter = 'self-harm' | 'abuse' | 'violence' | 'a child at risk'

const child =
  '(?:my|the|our|a|his|her|their) (?:child|children|kid|kids|son|daughter|baby|boy|girl|grandson|granddaughter|niece|nephew)'

// English stems and phrases. They match whole words only, so "skills" doesn't match "kill".
const urgent: Readonly<Record<UrgentMatter, readonly string[]>> = {
  'self-harm': [
    'suicid(?:e|es|al)',
    'self[- ]?harm(?:s|ed|ing)?',
    '(?:harm(?:ing|ed)?|hurt(?:ing)?|cut(?:ting)?|kill(?:ing)?) (?:myself|himself|herself|themselves|themself)',
    '(?:end(?:ing)?|tak(?:e|ing)|took) (?:my|his|her|their)(?: own)? (?:life|lives)',
    '(?:end|ending) it all',
    '(?:want(?:s|ed)?|wish(?:es|ed)?) (?:to die|(?:i|he|she|they) (?:was|were) dead)',
    '(?:do not|don.?t|doesn.?t) want to (?:live|be alive|be here)(?: any ?more)?',
    'no reason to (?:live|go on)',
    'overdos(?:e|es|ed|ing)',
    'anorexi[ac]|bulimi[ac]|eating disorder',
  ],
  abuse: [
    'abus(?:e|es|ed|er|ers|ing|ive)',
    'molest(?:s|ed|er|ing|ation)?',
    'rap(?:e|ed|ist|ing)',
    'incest(?:uous)?',
    'assault(?:s|ed|ing)?',
    'harass(?:es|ed|ing|ment)?',
    'groom(?:ed|ing) (?:me|him|her|them|by|a child|children)',
    'traffick(?:ed|ing)',
    '(?:forced|forces|forcing) (?:me|him|her|them) (?:to|into)',
  ],
  violence: [
    'violen(?:ce|t|tly)',
    '(?:hit|hits|beat|beats|beaten|beating|hitting|chok(?:es|ed|ing)|punch(?:es|ed|ing)|kick(?:s|ed|ing)|threaten(?:s|ed|ing)?) (?:me|us|him|her|them|my|the (?:children|kids|child))',
    '(?:kill|kills|killing) (?:me|him|her|us|them)',
    'stalk(?:s|ed|er|ing)',
    '(?:afraid|scared|frightened|fear) (?:of|for) (?:my (?:husband|wife|partner|father|mother|son|life)|him|her|the children|the kids)',
    'not safe at home|(?:afraid|scared) to go home',
  ],
  'a child at risk': [
    `(?:hurt|hurts|hurting|harm|harms|hit|hits|beat|beats|beating|touch|touches|touched|touching|neglect(?:s|ed|ing)?|starv(?:es|ed|ing)) ${child}`,
    `(?:touch|touches|touched|touching) (?:me|him|her) (?:when|as) (?:i|he|she) (?:was|is) (?:a child|little|small|\\d+)`,
    `${child} (?:is|are|isn.?t|aren.?t) (?:not )?(?:safe|in danger|being (?:hurt|beaten|abused|neglected))`,
    'child (?:abuse|neglect|protection)|social services|(?:missing|ran away|runaway) (?:child|daughter|son)',
  ],
}

/** All urgent stems, as part of the grave terms. */
const urgentStems: readonly string[] = Object.values(urgent).flat()

// Most texts are plain: printable ASCII, with single spaces.
const plainText = /^(?: ?[!-~])* ?$/

/** Normalizes quotation marks and spaces, and removes invisible characters. */
export function normalizeText(text: string): string {
  if (plainText.test(text)) return text
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/\s+/g, ' ')
}

/** A case-insensitive pattern that matches any of the stems as whole words. */
function anyOf(stems: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${stems.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
}

/** The normalized text; for links and addresses, also with its words separated. */
function asSentences(text: string): string[] {
  const normalized = normalizeText(text)
  const separated = normalizeText(normalized.replaceAll(/[-_.+/@%]+/g, ' '))
  return separated === normalized ? [normalized] : [normalized, separated]
}

const patterns = Object.entries(urgent).map(([matter, stems]) => ({ matter, pattern: anyOf(stems) }))

/** The urgent matters in texts, each once. Empty if there are none. */
export function urgentMattersIn(texts: readonly string[]): string[] {
  const sentences = texts.flatMap(asSentences)
  return patterns.filter(({ pattern }) => sentences.some((text) => pattern.test(text))).map(({ matter }) => matter)
}

export type Sensitivity = 'High' | 'Medium' | 'Low'

const fromLeastSensitive: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** The strictest sensitivity in a list, or null if there is none. */
export function strictestOf(settings: readonly (Sensitivity | null)[]): Sensitivity | null {
  return fromLeastSensitive.findLast((sensitivity) => settings.includes(sensitivity)) ?? null
}

/** Whether the first sensitivity shows more than the second. */
export function isLooser(sensitivity: Sensitivity, than: Sensitivity): boolean {
  return fromLeastSensitive.indexOf(sensitivity) < fromLeastSensitive.indexOf(than)
}

/** The sensitivity if neither the event type nor the pastor sets one. */
const defaultSensitivity: Sensitivity = 'Medium'

// Terms used by people in need or with something to hide. A false positive only hides a title; a false negative reveals one.
const grave = [
  ...urgentStems,
  // addiction
  'addict(?:s|ed|ion|ions|ive)?',
  'alcoholi(?:c|cs|sm)',
  'drinking (?:problem|again|too much)',
  'relaps(?:e|es|ed|ing)',
  'drug(?:s)? (?:problem|use|abuse|habit)|(?:using|taking|on) drugs',
  'gambl(?:e|es|ed|er|ing)',
  'porn|pornograph(?:y|ic)',
  // marriage and family
  'affair',
  'adulter(?:y|er|ous)',
  'infidelit(?:y|ies)|unfaithful',
  'cheat(?:s|ed|ing) on',
  'divorc(?:e|es|ed|ee|ing)',
  'separat(?:ed|ing|ion) from (?:my|his|her)|marital separation|(?:left|leaving) (?:my|his|her) (?:husband|wife)',
  'abortion(?:s)?',
  'miscarr(?:iage|iages|ied)',
  // other matters that could harm someone's reputation
  'hiv|aids|std',
  'arrest(?:ed)?|probation|restraining order',
  'confess(?:es|ed|ing|ion)?',
]

const gravePattern = anyOf(grave)

/** Whether a text contains a term that raises a booking to High. */
export function isGrave(text: string): boolean {
  return asSentences(text).some((sentence) => gravePattern.test(sentence))
}

/** Whether any event ever contained such a term. A text that is later withdrawn doesn't lower the sensitivity. */
export function mentionsGraveMatters(entries: readonly LogEntry[]): boolean {
  return newGraveTexts(entries).length > 0
}

/** The texts of a booking that contain such a term, including those carried over from earlier bookings. */
export function graveTextsIn(entries: readonly LogEntry[]): string[] {
  const earlier = entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : []))
  return [...new Set([...earlier, ...newGraveTexts(entries)])].sort()
}

/** The booking's own such texts. Cal.com repeats in a new booking what was written for the one it replaced. */
function newGraveTexts(entries: readonly LogEntry[]): string[] {
  const known = new Set(entries.flatMap(({ event }) => (event.kind === 'carried_over' ? event.graveTexts : [])))
  const texts = entries.flatMap(({ event }) =>
    event.kind === 'booking' || event.kind === 'meeting' ? textsOf(event) : [],
  )
  return [...new Set(texts)].filter((text) => text !== null).filter((text) => !known.has(text) && isGrave(text))
}

/** Every text of an event that an attendee can type. Questions count if they are answered, except with a plain no. */
function textsOf(event: BookingEvent | MeetingEvent): (string | null)[] {
  const { title, notes, cancellationReason, rejectionReason, place } = event
  return [
    title,
    notes,
    cancellationReason,
    rejectionReason,
    place?.text ?? null,
    place?.kind ?? null,
    place?.typed ?? null,
    place?.meetingLink ?? null,
    ...event.attendees.flatMap(({ name, email, phoneNumber, timeZone }) => [name, email, phoneNumber, timeZone]),
    ...event.answers.flatMap(({ slug, label, values }) => {
      const meaningful = values.filter((value) => !/^(?:no|false|0|off)$/i.test(value))
      return meaningful.length === 0 ? values : [slug, label, ...values]
    }),
  ]
}

/** The inputs of a booking's sensitivity. */
export type SensitivityInput = Readonly<{
  /** Set by the booking's pastor; null if not set. */
  pastor: Sensitivity | null
  eventType: Sensitivity | null
  /** Whether a text that was not judged before contains a grave term. */
  isGrave: boolean
  /** Set by the pastor of the booking it replaced, if that has the same event type. */
  earlierPastor?: Sensitivity | null
  /** The sensitivity of the booking it replaced, as a minimum. */
  floor?: Sensitivity | null
}>

/**
 * The pastor's setting takes precedence. Otherwise a grave term raises the event type's sensitivity, and nothing lowers it.
 */
export function sensitivityOf({ pastor, eventType, isGrave, earlierPastor, floor }: SensitivityInput): Sensitivity {
  if (pastor !== null) return pastor
  const start = earlierPastor ?? eventType ?? defaultSensitivity
  return strictestOf([start, floor ?? null, isGrave ? 'High' : null]) ?? start
}

const anonymousSlug = /^(?:is|be|stay|remain|keep[-_ ]?me|book)?[-_ ]?anonymous(?:ly)?$/i

/**
 * Whether the attendee checked a question named `anonymous` (or `stay-anonymous` and the like). They are then left out of
 * plaintext columns.
 */
export function asksForAnonymity(
  answers: readonly { readonly slug: string; readonly values: readonly string[] }[],
): boolean {
  return answers.some(
    ({ slug, values }) => anonymousSlug.test(slug) && values.some((value) => /^(?:yes|true|1|on)$/i.test(value)),
  )
}
