import type { LifeEntry } from './life-record.model.ts'
import { anyOf, plainly, urgentStems } from './urgency.model.ts'

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
const defaultSensitivity: Sensitivity = 'Medium'

// What somebody writes who is in need, or has something to hide. A word too many only hides a title; a word too few
// shows it.
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
  // what else could cost somebody their standing
  'hiv|aids|std',
  'arrest(?:ed)?|probation|restraining order',
  'confess(?:es|ed|ing|ion)?',
]

const gravePattern = anyOf(grave)

/** Whether a text holds a word that raises a booking to High. */
export function isGrave(text: string): boolean {
  return gravePattern.test(plainly(text))
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
