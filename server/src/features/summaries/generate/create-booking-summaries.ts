import type { Queue } from '../../../platform/jobs/queue.ts'
import type { BookingSummaries } from '../../bookings/write/publish-changes.ts'
import { anonymizeSummaries } from '../retention/anonymize-summaries.ts'
import { deleteReplacedSummaries } from '../retention/delete-replaced-summaries.ts'
import { redactSummaries } from '../retention/redact-summaries.ts'
import { enqueueSummaries } from './enqueue-summaries.ts'

/** The operations on summaries that the bookings feature needs, bound to this queue. */
export function createBookingSummaries(deps: Readonly<{ queue: Pick<Queue, 'enqueueAll'> }>): BookingSummaries {
  return {
    enqueue: (tx, requests) => enqueueSummaries(tx, deps, requests),
    redact: redactSummaries,
    anonymize: anonymizeSummaries,
    deleteReplaced: deleteReplacedSummaries,
  }
}
