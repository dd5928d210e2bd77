import { descriptiveEventsIn } from './descriptive-events.model.ts'
import { decided, type HandOver, type LogEntry } from './event-log.model.ts'
import { latestDecision } from './event-order.model.ts'

/** The owner of a booking, and the organizer according to Cal.com. Null while no user was named. */
export type Ownership = Readonly<{ ownerId: string | null; hostId: string | null }>

type Statement = Readonly<{ entryId: string; ownerId: string }>

/**
 * The owner is the organizer that Cal.com named last, unless the booking was handed over. A hand-over holds as long as
 * Cal.com keeps naming the same organizer, in old and new events. If it names somebody else afterwards, that is a later
 * decision and takes precedence.
 */
export function ownershipOf(entries: readonly LogEntry[]): Ownership {
  const statements = statementsIn(entries)
  const hostId = statements.at(-1)?.ownerId ?? null
  const handOver = latestDecision(
    entries.flatMap(({ id, event }) => (event.kind === 'hand_over' ? [{ id, event }] : [])),
  )
  const isValid = handOver !== null && isUncontradicted(handOver, statements)
  return { hostId, ownerId: isValid ? handOver.toUserId : hostId }
}

/** Creates the entry of a hand-over. */
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
 * The hand-overs to carry over to a booking that replaces this one: rescheduling in Cal.com must not return it to the
 * organizer that Cal.com still names.
 */
export function carriedHandOvers(entries: readonly LogEntry[]): LogEntry[] {
  return entries.filter(({ event }) => event.kind === 'hand_over')
}

/**
 * The organizers named by events, in order. Events signed only with a pastor's own secret are ignored if the church's secret
 * signed any: otherwise anyone with such a secret could take over a colleague's booking and read it.
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

function isUncontradicted({ after, insteadOf }: HandOver, statements: readonly Statement[]): boolean {
  // If the hand-over was carried over, its entry isn't in this log, and all statements count as later ones.
  const since = statements.slice(statements.findIndex(({ entryId }) => entryId === after) + 1)
  return since.every(({ ownerId }) => ownerId === insteadOf)
}
