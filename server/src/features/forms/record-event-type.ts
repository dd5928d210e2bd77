import type { Clock } from '../../platform/clock.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import type { NewId } from '../../platform/ids.ts'
import type { EventTypeTexts } from './event-type.model.ts'

/** An event type's texts, as they came with a booking. */
export type ReceivedEventType = Readonly<{ ownerId: string; eventTypeId: number; texts: EventTypeTexts }>

/**
 * Stores the texts of an event type where none are known yet, and returns the known ones. The first text of each kind wins:
 * of two concurrent bookings, the second waits here and gets the first one's texts.
 */
export async function recordEventType(
  tx: SqlTransaction,
  deps: Readonly<{ clock: Clock; newId: NewId }>,
  { ownerId, eventTypeId, texts: { title, slug, description } }: ReceivedEventType,
): Promise<EventTypeTexts> {
  const at = deps.clock.now()
  const [known] = await tx.$queryRaw<EventTypeTexts[]>`
    INSERT INTO event_types AS e (id, "userId", "eventTypeId", title, slug, description, "createdAt", "updatedAt")
    VALUES (${deps.newId()}::uuid, ${ownerId}::uuid, ${eventTypeId}::int, ${title}, ${slug}, ${description},
      ${at}::timestamptz, ${at}::timestamptz)
    ON CONFLICT ("userId", "eventTypeId") DO UPDATE SET
      title = COALESCE(e.title, excluded.title), slug = COALESCE(e.slug, excluded.slug),
      description = COALESCE(e.description, excluded.description), "updatedAt" = excluded."updatedAt"
    RETURNING title, slug, description`
  return known ?? { title, slug, description }
}
