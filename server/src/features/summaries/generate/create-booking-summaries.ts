import type { Queue } from '../../../platform/jobs/queue.ts'
import type { BookingSummaries } from '../../bookings/write/publish-changes.ts'
import { anonymizeSummaries } from '../retention/anonymize-summaries.ts'
import { deleteReplacedSummaries } from '../retention/delete-replaced-summaries.ts'
import { redactSummaries } from '../retention/redact-summaries.ts'
import { enqueueSummaries } from './enqueue-summaries.ts'

/** What the bookings feature needs of summaries, over this queue. */
export function createBookingSummaries(deps: Readonly<{ queue: Pick<Queue, 'enqueueAll'> }>): BookingSummaries {
  return {
    enqueue: (tx, requests) => enqueueSummaries(tx, deps, requests),
    redact: redactSummaries,
    anonymize: anonymizeSummaries,
    deleteReplaced: deleteReplacedSummaries,
  }
}
