import { descriptiveEventsIn } from './descriptive-events.model.ts'
import { decided, type HandOver, type LogEntry } from './event-log.model.ts'
import { latestDecision } from './event-order.model.ts'

/** Whose a booking is, and whom Cal.com names as its organizer. Null while nobody here was named. */
export type Ownership = Readonly<{ ownerId: string | null; hostId: string | null }>

type Statement = Readonly<{ entryId: string; ownerId: string }>

/**
 * Whose a booking is: whom Cal.com named last, unless its pastor handed it over. A hand-over stands as long as Cal.com
 * goes on naming whom it named then, in events old and new; when it names anybody else afterwards, that is a later
 * decision, made where the meeting takes place, and counts.
 */
export function ownershipOf(entries: readonly LogEntry[]): Ownership {
  const statements = statementsIn(entries)
  const hostId = statements.at(-1)?.ownerId ?? null
  const handOver = latestDecision(
    entries.flatMap(({ id, event }) => (event.kind === 'hand_over' ? [{ id, event }] : [])),
  )
  const stands = handOver !== null && stillStands(handOver, statements)
  return { hostId, ownerId: stands ? handOver.toUserId : hostId }
}

/** A hand-over of a booking as its life stands, to be added to its entries. */
export function handedOver(entries: readonly LogEntry[], to: { userId: string; from: string; at: Date }): LogEntry {
  const last = statementsIn(entries).at(-1)
  return decided(entries, to.at, {
    kind: 'hand_over',
    toUserId: to.userId,
    insteadOf: last?.ownerId ?? to.from,
    after: last?.entryId ?? null,
  })
}

/**
 * The hand-overs that a booking takes along from the one whose place it takes: whoever moves an appointment in Cal.com
 * does not mean to give it back to whom Cal.com still names.
 */
export function carriedHandOvers(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(({ event }) => event.kind === 'hand_over')
}

/**
 * Who was named as organizer, in order. What only a pastor's own secret signed says nothing while the church's did: else
 * whoever sets a secret of their own could take over a colleague's booking, and read it.
 */
function statementsIn(entries: readonly LogEntry[]): Statement[] {
  const ofChurch = namedIn(entries.filter(({ signedBy }) => signedBy === null))
  return ofChurch.length > 0 ? ofChurch : namedIn(entries)
}

function namedIn(entries: readonly LogEntry[]): Statement[] {
  const owners = new Map(entries.map(({ id, ownerId }) => [id, ownerId]))
  return descriptiveEventsIn(entries).ordered.flatMap(({ id: entryId }) => {
    const ownerId = owners.get(entryId) ?? null
    return ownerId === null ? [] : [{ entryId, ownerId }]
  })
}

function stillStands({ after, insteadOf }: HandOver, statements: readonly Statement[]): boolean {
  // One that came along from another booking finds its entry nowhere here: then every statement is a later one.
  const since = statements.slice(statements.findIndex(({ entryId }) => entryId === after) + 1)
  return since.every(({ ownerId }) => ownerId === insteadOf)
}
