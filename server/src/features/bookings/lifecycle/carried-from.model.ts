import {
  bookedAtOf,
  carriedIn,
  carriedPastorSensitivity,
  type FreshCarry,
  withEarlierSeat,
} from './carry-over.model.ts'
import type { CarriedOver, LogEntry } from './event-log.model.ts'
import { type FoldedBooking, foldEvents } from './fold.model.ts'
import { everSeated, personKeyOf } from './participants.model.ts'
import { bookingMetadataSchema } from './plaintext-columns.model.ts'
import { graveTextsIn, type Sensitivity } from './sensitivity.model.ts'

/** A booking whose place another one took. `entries` is null where retention has emptied it. */
export type Earlier = Readonly<{
  name: string
  row: Readonly<{ sensitivity: Sensitivity; isAnonymous: boolean; eventTypeId: number; metadata: unknown }>
  entries: readonly LogEntry[] | null
}>

/**
 * What a booking hands on to the one that takes its place.
 *
 * @param movers - who moved, of a meeting with seats: nobody else's words go along. Null for everybody
 */
export function carriedFrom({ name, row, entries }: Earlier, movers: readonly string[] | null): FreshCarry {
  const { data: set } = bookingMetadataSchema.safeParse(row.metadata ?? {})
  const carried = carriedIn(entries ?? [])
  const life = entries === null ? null : foldEvents(withoutDepartures(entries))
  return {
    isEmptied: life === null,
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
      ...(life === null ? nothing : wordsOf(life, entries ?? [], movers)),
    },
  }
}

type CarriedWords = Pick<CarriedOver, 'people' | 'notes' | 'answers' | 'seats'>

const nothing: CarriedWords = { people: [], notes: null, answers: [], seats: [] }

function wordsOf(life: FoldedBooking, entries: readonly LogEntry[], movers: readonly string[] | null): CarriedWords {
  if (!life.isSeated) {
    return {
      people: life.people.map(({ name, email, timeZone, phoneNumber }) => ({ name, email, timeZone, phoneNumber })),
      notes: life.notes,
      answers: life.answers.map(({ by: _by, ...answer }) => answer),
      seats: [],
    }
  }
  const carried = carriedIn(entries)
  const seats = everSeated(entries).filter(({ person }) => movers === null || movers.includes(personKeyOf(person)))
  const whole = seats.map((seat) => withEarlierSeat(seat, carried))
  return { ...nothing, seats: whole.map((seat) => ({ ...seat, answers: [...seat.answers] })) }
}

/** Who left has taken their words along: they are looked for as if they were still there. */
function withoutDepartures(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(({ event }) => event.kind !== 'departure')
}
