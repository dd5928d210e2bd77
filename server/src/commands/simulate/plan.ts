import { randomBytes, randomInt } from 'node:crypto'
import { dayMs, minuteMs } from '../../platform/durations.ts'
import {
  marriagePreparation,
  newcomersEvening,
  pastoralCare,
  prayerCall,
  privateCounsel,
  type SampleEventType,
  volunteerTalk,
} from './church.ts'
import { type SequenceKind, type SequencePlan, sequenceKinds } from './event-sequences.ts'
import type { SimulatedPastor, SimulatedPerson, SimulatedWebhook } from './payloads.ts'
import { answersOf, pick, type Random, randomPerson, reasonsToCancel, reasonsToReject } from './people.ts'

export type PlanGiven = Readonly<{
  pastor: SimulatedPastor
  eventType: SampleEventType
  start: Date
  bookedAt: Date
  /** Who books; a new person by default. */
  booker?: SimulatedPerson
  /** Seeds for Cal.com's identifiers; random by default. */
  name?: string
  number?: number
}>

/** Plans a sequence: who books, what they write, and the booking after a reschedule. */
export function planSequence(chance: Random, given: PlanGiven): SequencePlan {
  const { pastor, eventType, start, bookedAt } = given
  const name = given.name ?? randomBytes(11).toString('base64url')
  // Cal.com's IDs count up; these are far above those of any church, and below PostgreSQL's maximum integer.
  const number = given.number ?? randomInt(1_500_000_000, 2_100_000_000)
  const booker = given.booker ?? randomPerson(chance, pastor.timeZone)
  const guests = eventType.slug === 'marriage-preparation' ? [randomPerson(chance, pastor.timeZone)] : []
  return {
    booking: {
      uid: name,
      bookingId: number,
      iCalUid: `${name}@cal.example`,
      sequence: 0,
      pastor,
      eventType,
      start,
      people: [booker, ...guests],
      ...answersOf(chance, eventType),
    },
    bookedAt,
    moved: {
      uid: `${name}-moved`,
      bookingId: number + 1,
      start: new Date(start.getTime() + dayMs * pick(chance, [1, 2, 3])),
    },
    others: [randomPerson(chance, pastor.timeZone), randomPerson(chance, pastor.timeZone)],
    reasons: { cancel: pick(chance, reasonsToCancel), reject: pick(chance, reasonsToReject) },
  }
}

const talks = [pastoralCare, pastoralCare, privateCounsel, marriagePreparation, volunteerTalk] as const

/** A sequence around the current time, so that a dashboard shows it: upcoming or, if it must be over, just past. */
export function planSoon(
  chance: Random,
  given: Readonly<{ pastor: SimulatedPastor; now: Date; kind: SequenceKind | null }>,
): Readonly<{ kind: SequenceKind; plan: SequencePlan }> {
  const { pastor, now } = given
  const kind = given.kind ?? pick(chance, sequenceKinds)
  const eventType = eventTypeFor(chance, kind)
  const isOver = kind === 'completed' || kind === 'no-show'
  const quartersAhead = isOver ? -6 : 2 + Math.floor(chance() * 4 * 48)
  const start = new Date((Math.floor(now.getTime() / (15 * minuteMs)) + quartersAhead) * 15 * minuteMs)
  // In these sequences everything happens within two hours of the booking, and none of it may lie in the future.
  const bookedAt = new Date(now.getTime() - 150 * minuteMs + Math.floor(chance() * 20 * 60) * 1_000)
  return { kind, plan: planSequence(chance, { pastor, eventType, start, bookedAt }) }
}

function eventTypeFor(chance: Random, kind: SequenceKind): SampleEventType {
  if (kind === 'seats') return newcomersEvening
  if (kind === 'confirmed' || kind === 'rejected') return prayerCall
  return kind === 'paid' ? { ...marriagePreparation, price: 2_500 } : pick(chance, talks)
}

/** Simulates Cal.com's delivery: some webhooks arrive twice, some late, some never. */
export function shuffleDeliveries(
  chance: Random,
  webhooks: readonly SimulatedWebhook[],
): Readonly<{ sent: readonly SimulatedWebhook[]; lost: number }> {
  const kept = webhooks.filter(() => chance() >= 0.1)
  const doubled = kept.flatMap((webhook) => (chance() < 0.25 ? [webhook, webhook] : [webhook]))
  const sent = doubled
    .map((webhook) => ({ webhook, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ webhook }) => webhook)
  return { sent, lost: webhooks.length - kept.length }
}
