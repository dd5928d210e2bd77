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

export type PlanOptions = Readonly<{
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
export function planSequence(random: Random, options: PlanOptions): SequencePlan {
  const { pastor, eventType, start, bookedAt } = options
  const name = options.name ?? randomBytes(11).toString('base64url')
  // Cal.com's IDs count up; these are far above those of any church, and below PostgreSQL's maximum integer.
  const number = options.number ?? randomInt(1_500_000_000, 2_100_000_000)
  const booker = options.booker ?? randomPerson(random, pastor.timeZone)
  const guests = eventType.slug === 'marriage-preparation' ? [randomPerson(random, pastor.timeZone)] : []
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
      ...answersOf(random, eventType),
    },
    bookedAt,
    moved: {
      uid: `${name}-moved`,
      bookingId: number + 1,
      start: new Date(start.getTime() + dayMs * pick(random, [1, 2, 3])),
    },
    others: [randomPerson(random, pastor.timeZone), randomPerson(random, pastor.timeZone)],
    reasons: { cancel: pick(random, reasonsToCancel), reject: pick(random, reasonsToReject) },
  }
}

const eventTypes = [pastoralCare, pastoralCare, privateCounsel, marriagePreparation, volunteerTalk] as const

/** A sequence around the current time, so that a dashboard shows it: upcoming or, if it must be over, just past. */
export function planSoon(
  random: Random,
  options: Readonly<{ pastor: SimulatedPastor; now: Date; kind: SequenceKind | null }>,
): Readonly<{ kind: SequenceKind; plan: SequencePlan }> {
  const { pastor, now } = options
  const kind = options.kind ?? pick(random, sequenceKinds)
  const eventType = eventTypeFor(random, kind)
  const isOver = kind === 'completed' || kind === 'no-show'
  const quartersAhead = isOver ? -6 : 2 + Math.floor(random() * 4 * 48)
  const start = new Date((Math.floor(now.getTime() / (15 * minuteMs)) + quartersAhead) * 15 * minuteMs)
  // In these sequences everything happens within two hours of the booking, and none of it may lie in the future.
  const bookedAt = new Date(now.getTime() - 150 * minuteMs + Math.floor(random() * 20 * 60) * 1_000)
  return { kind, plan: planSequence(random, { pastor, eventType, start, bookedAt }) }
}

function eventTypeFor(random: Random, kind: SequenceKind): SampleEventType {
  if (kind === 'seats') return newcomersEvening
  if (kind === 'confirmed' || kind === 'rejected') return prayerCall
  return kind === 'paid' ? { ...marriagePreparation, price: 2_500 } : pick(random, eventTypes)
}

/** Simulates Cal.com's delivery: some webhooks arrive twice, some late, some never. */
export function shuffleDeliveries(
  random: Random,
  webhooks: readonly SimulatedWebhook[],
): Readonly<{ sent: readonly SimulatedWebhook[]; lost: number }> {
  const delivered = webhooks.filter(() => random() >= 0.1)
  const doubled = delivered.flatMap((webhook) => (random() < 0.25 ? [webhook, webhook] : [webhook]))
  const sent = doubled
    .map((webhook) => ({ webhook, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ webhook }) => webhook)
  return { sent, lost: webhooks.length - delivered.length }
}
