import { personKeyOf } from './cal-event.model.ts'
import {
  bookedAtOf,
  carriedIn,
  carriedPastorSensitivity,
  type FreshCarry,
  withEarlierSeat,
} from './carry-over.model.ts'
import type { CarriedOver, LogEntry } from './event-log.model.ts'
import { type FoldedBooking, foldEvents } from './fold.model.ts'
import { everSeated } from './participants.model.ts'
import { bookingMetadataSchema } from './plaintext-columns.model.ts'
import { graveTextsIn, type Sensitivity } from './sensitivity.model.ts'

/** A booking that was replaced by another one. `entries` is null if retention has emptied it. */
export type EarlierBooking = Readonly<{
  name: string
  row: Readonly<{ sensitivity: Sensitivity; isAnonymous: boolean; eventTypeId: number; metadata: unknown }>
  entries: readonly LogEntry[] | null
}>

/**
 * What a booking passes on to the one that replaces it.
 *
 * @param movers - who moved, for a meeting with seats; only their texts are carried over. Null for everybody
 */
export function carriedFrom({ name, row, entries }: EarlierBooking, movers: readonly string[] | null): FreshCarry {
  const { data: set } = bookingMetadataSchema.safeParse(row.metadata ?? {})
  const carried = carriedIn(entries ?? [])
  const folded = entries === null ? null : foldEvents(withoutRescheduledAway(entries))
  return {
    isEmptied: folded === null,
    carried: {
      kind: 'carried_over',
      from: name,
      bookedAt: bookedAtOf(entries ?? []) ?? set?.bookedAt ?? null,
      eventTypeId: row.eventTypeId,
      sensitivity: row.sensitivity,
      isAnonymous: row.isAnonymous,
      pastorSensitivity: set?.pastorSensitivity ?? carriedPastorSensitivity(carried),
      pastorAnonymous: set?.isAnonymityDecided
        ? set.pastorAnonymous
        : set?.pastorAnonymous === true || carried.some(({ pastorAnonymous }) => pastorAnonymous),
      graveTexts: graveTextsIn(entries ?? []),
      ...(folded === null ? noTexts : textsOf(folded, entries ?? [], movers)),
    },
  }
}

type CarriedTexts = Pick<CarriedOver, 'people' | 'notes' | 'answers' | 'seats'>

const noTexts: CarriedTexts = { people: [], notes: null, answers: [], seats: [] }

function textsOf(folded: FoldedBooking, entries: readonly LogEntry[], movers: readonly string[] | null): CarriedTexts {
  if (!folded.isSeated) {
    return {
      people: folded.people.map(({ name, email, timeZone, phoneNumber }) => ({ name, email, timeZone, phoneNumber })),
      notes: folded.notes,
      answers: folded.answers.map(({ by: _by, ...answer }) => answer),
      seats: [],
    }
  }
  const carried = carriedIn(entries)
  const seats = everSeated(entries).filter(({ person }) => movers === null || movers.includes(personKeyOf(person)))
  const whole = seats.map((seat) => withEarlierSeat(seat, carried))
  return { ...noTexts, seats: whole.map((seat) => ({ ...seat, answers: [...seat.answers] })) }
}

/** People who left took their texts along, so these are collected as if they were still there. */
function withoutRescheduledAway(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(({ event }) => event.kind !== 'departure')
}
