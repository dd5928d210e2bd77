import type { LifeEntry } from './life-record.model.ts'

export type Sensitivity = 'High' | 'Medium' | 'Low'

const fromLoosest: readonly Sensitivity[] = ['Low', 'Medium', 'High']

/** The strictest of what is set, or null where nothing is. */
export function strictestOf(settings: readonly (Sensitivity | null)[]): Sensitivity | null {
  return fromLoosest.findLast((sensitivity) => settings.includes(sensitivity)) ?? null
}

/** Whether something would show more under the one than under the other. */
export function isLooser(sensitivity: Sensitivity, than: Sensitivity): boolean {
  return fromLoosest.indexOf(sensitivity) < fromLoosest.indexOf(than)
}

/** What a booking is when neither its event type nor its pastor says so. */
export const defaultSensitivity: Sensitivity = 'Medium'

// Stems and phrases of English that somebody uses who is in need, or has something to hide. Each is met as whole words,
// so that "skills" holds no "kill". A word too many only hides a title; a word too few shows it.
const grave = [
  // self-harm
  'suicid(?:e|es|al)',
  'self[- ]?harm(?:s|ed|ing)?',
  '(?:harm(?:ing|ed)?|hurt(?:ing)?|cut(?:ting)?|kill(?:ing)?) (?:myself|himself|herself|themselves|themself)',
  '(?:end(?:ing)?|tak(?:e|ing)|took) (?:my|his|her|their)(?: own)? (?:life|lives)',
  '(?:want(?:s|ed)?|wish(?:es|ed)?) to die',
  '(?:do not|don.?t|doesn.?t) want to (?:live|be alive|be here)',
  'overdos(?:e|es|ed|ing)',
  'anorexi[ac]|bulimi[ac]|eating disorder',
  // abuse and violence
  'abus(?:e|es|ed|er|ers|ing|ive)',
  'molest(?:s|ed|er|ing|ation)?',
  'rap(?:e|ed|ist|ing)',
  'incest(?:uous)?',
  'assault(?:s|ed|ing)?',
  'harass(?:es|ed|ing|ment)?',
  'groom(?:ed|ing) (?:me|him|her|them|by|a child|children)',
  'violen(?:ce|t|tly)',
  '(?:hit|hits|beat|beats|beaten|beating|hitting|chok(?:es|ed|ing)|threaten(?:s|ed|ing)?) (?:me|us|him|her|them|my|the (?:children|kids|child))',
  'stalk(?:s|ed|er|ing)',
  'traffick(?:ed|ing)',
  '(?:afraid|scared|frightened) (?:of|for) (?:my|him|her|the children|the kids)',
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
  // what else could cost somebody their standing
  'hiv|aids|std',
  'arrest(?:ed)?|probation|restraining order',
  'confess(?:es|ed|ing|ion)?',
]

const gravePattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${grave.join('|')})(?![\\p{L}\\p{N}])`, 'iu')

/** Whether a text holds a word that raises a booking to High. */
export function isGrave(text: string): boolean {
  return gravePattern.test(
    text
      .normalize('NFKC')
      .replaceAll(/[\u2018\u2019]/g, "'")
      .replaceAll(/\s+/g, ' '),
  )
}

/** Whether anything that was ever said about a booking does; so a word that is taken back does not lower it again. */
export function tellsOfGraveMatters(entries: readonly LifeEntry[]): boolean {
  return entries.some(({ event }) => {
    if (event.kind !== 'booking' && event.kind !== 'meeting') return false
    const answers = event.answers.flatMap((answer) => answer.values)
    const texts = [event.title, event.notes, event.cancellationReason, event.rejectionReason, ...answers]
    return texts.some((text) => text !== null && isGrave(text))
  })
}

/** The pastor's own setting counts before all; a grave word raises the event type's, and nothing lowers it. */
export function sensitivityOf(given: {
  readonly pastor: Sensitivity | null
  readonly eventType: Sensitivity | null
  readonly isGrave: boolean
}): Sensitivity {
  return given.pastor ?? (given.isGrave ? 'High' : (given.eventType ?? defaultSensitivity))
}

const anonymousSlug = /^(?:is|be|stay|remain|keep[-_ ]?me|book)?[-_ ]?anonymous(?:ly)?$/i

/** Somebody who ticks a question named `anonymous` (or `stay-anonymous` and the like) stays unnamed in clear columns. */
export function asksForAnonymity(
  answers: readonly { readonly slug: string; readonly values: readonly string[] }[],
): boolean {
  return answers.some(
    ({ slug, values }) => anonymousSlug.test(slug) && values.some((value) => /^(?:yes|true|1|on)$/i.test(value)),
  )
}
