import { isDeepStrictEqual } from 'node:util'
import type { FoldedBooking } from './fold.model.ts'
import { bookingMetadataSchema, intakeOf, type PlaintextColumns } from './plaintext-columns.model.ts'

/** A part of a booking that can change, as the audit log names it. */
export type ChangedPart =
  | 'owner'
  | 'status'
  | 'times'
  | 'eventType'
  | 'people'
  | 'place'
  | 'sensitivity'
  | 'intake'
  | 'meeting'

type StoredColumns = { readonly [Column in Exclude<keyof PlaintextColumns, 'metadata'>]: unknown } & {
  readonly metadata: unknown
}

const columnsOfPart = {
  status: ['status'],
  times: ['startTime', 'endTime', 'duration'],
  eventType: ['eventTypeId', 'eventTypeTitle', 'eventTypeSlug', 'description', 'title', 'redactedDescription'],
  people: ['attendees', 'attendeeEmails', 'attendeeNames', 'timeZone'],
  place: ['location'],
  sensitivity: ['sensitivity', 'isAnonymous'],
} as const satisfies Partial<Record<ChangedPart, readonly (keyof PlaintextColumns)[]>>

/** What a change to a booking changed, for those who see it. The order of what Cal.com said is no part of that. */
export function diffOf(change: {
  readonly row: StoredColumns
  readonly columns: PlaintextColumns
  readonly before: FoldedBooking | null
  readonly after: FoldedBooking
  readonly isHandedOver: boolean
}): ChangedPart[] {
  const { row, columns, before, after } = change
  const parts = new Set<ChangedPart>()
  if (change.isHandedOver) parts.add('owner')
  for (const part of ['status', 'times', 'eventType', 'people', 'place', 'sensitivity'] as const) {
    if (columnsOfPart[part].some((column) => !isDeepStrictEqual(row[column], columns[column]))) parts.add(part)
  }
  if (!isDeepStrictEqual(toldBy(row.metadata), toldBy(columns.metadata))) parts.add('meeting')
  if (before === null || !isDeepStrictEqual(intakeOf(before), intakeOf(after))) parts.add('intake')
  return [...parts]
}

/** Metadata without what only says how the booking was put together. */
function toldBy(metadata: unknown) {
  const parsed = bookingMetadataSchema.safeParse(metadata ?? {}).data
  const { newestEvent: _event, bookedAt: _at, isMoved: _moved, ...told } = parsed ?? {}
  return told
}

/** Whether a summary of it would now read differently. A new status alone changes nothing that a summary tells. */
export function needsNewSummary(parts: readonly ChangedPart[]): boolean {
  return parts.some((part) => part !== 'status' && part !== 'meeting')
}

/** What a change is called, in the log and to those who follow it. */
export function kindOfChange(
  change: Readonly<{ isNew: boolean; parts: readonly ChangedPart[]; columns: Pick<PlaintextColumns, 'status'> }>,
): 'created' | 'updated' | 'cancelled' | 'rescheduled' {
  const { isNew, parts, columns } = change
  if (isNew) return 'created'
  if (!parts.includes('status')) return 'updated'
  // A request that was turned down was no meeting that fell through: its status says so.
  return columns.status === 'cancelled' || columns.status === 'rescheduled' ? columns.status : 'updated'
}
