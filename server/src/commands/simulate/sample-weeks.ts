import { dayMs, minuteMs } from '../../platform/durations.ts'
import {
  marriagePreparation,
  newcomersEvening,
  pastoralCare,
  prayerCall,
  privateCounsel,
  type SampleEventType,
  samplePastors,
  volunteerTalk,
} from './church.ts'
import { movedBooking, type SequenceKind, type SequencePlan, webhooksOf } from './event-sequences.ts'
import { meetingWebhook, type SimulatedBooking, type SimulatedWebhook } from './payloads.ts'
import { pick, type Random, randomPerson, seededRandom } from './people.ts'
import { planSequence } from './plan.ts'

/** Everything that Cal.com would have sent about one booking, in order. */
export type SampleSequence = readonly SimulatedWebhook[]

const daysAround = 28

type Slot = Readonly<{ eventType: SampleEventType; start: Date; kind: SequenceKind | 'pending' }>

/**
 * Eight weeks of the sample pastors' calendars around a time: the same people and reasons each time, at times relative
 * to it, with meetings today and one soon.
 */
export function sampleWeeks(now: Date): SampleSequence[] {
  const random = seededRandom(2_718)
  return samplePastors.flatMap((pastor, index) => {
    const regulars = Array.from({ length: 14 }, () => randomPerson(random, pastor.timeZone))
    const slots = [...slotsAround(random, now, index), ...slotsToday(now, index)]
    return slots.map((slot, position) => {
      const number = 1_400_000_000 + index * 10_000 + position * 10
      const booker = random() < 0.7 ? regulars[Math.floor(random() * regulars.length)] : undefined
      const plan = planSequence(random, {
        ...slot,
        pastor,
        bookedAt: bookedBefore(random, slot.start, now),
        name: `sample-${pastor.username}-${position}`,
        number,
        ...(booker && { booker }),
      })
      return foldEvents(slot, plan, now)
    })
  })
}

function slotsAround(random: Random, now: Date, pastorIndex: number): Slot[] {
  const days = Array.from({ length: 2 * daysAround + 1 }, (_, index) => index - daysAround).filter((day) => day !== 0)
  return days.flatMap((day) => {
    const weekday = at(now, day, 12).getDay()
    if (weekday === 0 || weekday === 6) return []
    const isEvening = pastorIndex === 1 && weekday === 4 && Math.floor(day / 7) % 2 === 0
    const evening: Slot[] = isEvening ? [{ eventType: newcomersEvening, start: at(now, day, 19), kind: 'seats' }] : []
    const hours = random() < 0.2 ? [10, 14.5] : [pick(random, [9.5, 11, 13.5, 15])]
    const meetings = hours.map((hour): Slot => {
      const eventType = pick(random, [
        pastoralCare,
        pastoralCare,
        privateCounsel,
        marriagePreparation,
        prayerCall,
        volunteerTalk,
      ])
      return { eventType, start: at(now, day, hour), kind: day < 0 ? pastKind(random) : futureKind(random, eventType) }
    })
    return [...meetings, ...evening]
  })
}

/** Slots that make the dashboard show a day in progress, at any hour. */
function slotsToday(now: Date, pastorIndex: number): Slot[] {
  const firstStart = Math.ceil((now.getTime() + 25 * minuteMs) / (15 * minuteMs)) * 15 * minuteMs
  const slot = (eventType: SampleEventType, minutes: number, kind: Slot['kind']): Slot => ({
    eventType,
    start: new Date(firstStart + minutes * minuteMs),
    kind,
  })
  const ofPastors = [
    [
      slot(volunteerTalk, -210, 'completed'),
      slot(pastoralCare, -120, 'completed'),
      slot(pastoralCare, 0, 'created'),
      slot(privateCounsel, 75, 'created'),
      slot(prayerCall, 180, 'confirmed'),
    ],
    [
      slot(prayerCall, -150, 'completed'),
      slot(marriagePreparation, 15, 'created'),
      slot(pastoralCare, 120, 'rescheduled'),
      slot(prayerCall, 210, 'pending'),
    ],
  ]
  return ofPastors[pastorIndex] ?? []
}

function pastKind(random: Random): SequenceKind {
  return random() < 0.75 ? 'completed' : pick(random, ['no-show', 'cancelled', 'rescheduled'])
}

function futureKind(random: Random, eventType: SampleEventType): Slot['kind'] {
  if (eventType.requiresConfirmation) return pick(random, ['confirmed', 'confirmed', 'pending', 'rejected'])
  return pick(random, ['created', 'created', 'created', 'created', 'rescheduled', 'cancelled', 'reschedule-requested'])
}

function foldEvents({ kind }: Slot, plan: SequencePlan, now: Date): SampleSequence {
  if (kind === 'pending') return webhooksOf('confirmed', plan).slice(0, 1)
  const webhooks = webhooksOf(kind, plan)
  if (kind === 'rescheduled' || kind === 'reschedule-requested')
    return [...webhooks, ...webhooksUntil(now, movedBooking(plan), plan)]
  if (kind === 'completed') return [...webhooks.slice(0, 1), ...webhooksUntil(now, plan.booking, plan)]
  return kind === 'seats' ? [...webhooks, ...webhooksUntil(now, plan.booking, plan)] : webhooks
}

/** What Cal.com sends after a meeting, if it is over. */
function webhooksUntil(now: Date, booking: SimulatedBooking, { bookedAt }: SequencePlan): SimulatedWebhook[] {
  const isOver = booking.start.getTime() + booking.eventType.minutes * minuteMs < now.getTime()
  if (!isOver) return []
  return [meetingWebhook('MEETING_ENDED', bookedAt, booking)]
}

/** Days before the meeting, and long enough ago that everything that followed is past too. */
function bookedBefore(random: Random, start: Date, now: Date): Date {
  const days = 2 + Math.floor(random() * 9)
  return new Date(Math.min(start.getTime(), now.getTime()) - days * dayMs - Math.floor(random() * 600) * minuteMs)
}

/** A local time of day, some days from now. */
function at(now: Date, days: number, hour: number): Date {
  const time = new Date(now)
  time.setDate(time.getDate() + days)
  time.setHours(Math.floor(hour), (hour % 1) * 60, 0, 0)
  return time
}
