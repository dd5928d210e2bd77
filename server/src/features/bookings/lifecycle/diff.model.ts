import { isDeepStrictEqual } from 'node:util'
import type { FoldedBooking } from './fold.model.ts'
import { bookingMetadataSchema, intakeOf, type PlaintextColumns } from './plaintext-columns.model.ts'

/** A part of a booking that can change, as named in the audit log. */
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

/** The parts of a booking that a change visibly affects. The order of Cal.com's events isn't one. */
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
  if (!isDeepStrictEqual(visibleMetadata(row.metadata), visibleMetadata(columns.metadata))) parts.add('meeting')
  if (before === null || !isDeepStrictEqual(intakeOf(before), intakeOf(after))) parts.add('intake')
  return [...parts]
}

/** Metadata without the fields that only describe how the booking was assembled. */
function visibleMetadata(metadata: unknown) {
  const parsed = bookingMetadataSchema.safeParse(metadata ?? {}).data
  const { newestEvent: _event, bookedAt: _at, isMoved: _moved, ...visible } = parsed ?? {}
  return visible
}

/** Whether a summary would read differently. A change of status alone doesn't affect it. */
export function needsNewSummary(parts: readonly ChangedPart[]): boolean {
  return parts.some((part) => part !== 'status' && part !== 'meeting')
}

/** The kind of a change, for the audit log and subscribers. */
export function kindOfChange(
  change: Readonly<{ isNew: boolean; parts: readonly ChangedPart[]; columns: Pick<PlaintextColumns, 'status'> }>,
): 'created' | 'updated' | 'cancelled' | 'rescheduled' {
  const { isNew, parts, columns } = change
  if (isNew) return 'created'
  if (!parts.includes('status')) return 'updated'
  // A rejected request was never a meeting, so it isn't reported as cancelled.
  return columns.status === 'cancelled' || columns.status === 'rescheduled' ? columns.status : 'updated'
}
