import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import type { OpenDeps } from '../../../core/audit/read/open-audited.ts'
import type { Clock } from '../../../platform/clock.ts'
import { ChurchHubError, NotFoundError } from '../../../platform/errors.ts'
import { isUuid } from '../../../platform/ids.ts'
import { type ConfiguredRequestPreview, previewConfiguredRequest } from '../../ai/briefs/preview-configured-request.ts'
import { openFormResponses } from '../../bookings/form-responses/open-form-responses.ts'
import { openIntakes } from '../../bookings/open-intakes.ts'
import { readSummarySource } from '../source.reads.ts'
import { loadPromptInput } from './load-prompt-input.ts'
import { findNextBookingId } from './next-booking.reads.ts'

/**
 * Previews the request that a configuration would send for the viewer's next booking, or for the example booking if they
 * have none. Reading the booking is recorded in the audit log like any other access. Nothing is sent.
 *
 * @throws NotFoundError if the viewer can't use the configuration
 * @throws UnreadableError, recorded in the audit log; AuditUnavailableError
 */
export async function previewNextBooking(
  deps: OpenDeps & Readonly<{ clock: Clock }>,
  viewer: PersonViewer,
  origin: Origin,
  configurationId: string,
): Promise<ConfiguredRequestPreview> {
  if (!isUuid(configurationId)) throw new NotFoundError()
  // Check the configuration first: a booking must not be decrypted for one that doesn't exist.
  const example = await previewConfiguredRequest(deps, viewer, { configurationId, facts: null })
  const bookingId = await findNextBookingId(deps.database, viewer.userId, deps.clock.now())
  if (bookingId === null) return example
  const source = await deps.database.$transaction((tx) => readSummarySource(tx, bookingId))
  // The booking was handed over between the two reads.
  if (source === null || source.ownerId !== viewer.userId) throw new NotFoundError()
  const intake = unwrap((await openIntakes(deps, viewer, origin, [bookingId])).get(bookingId))
  const ids = source.formResponses.map(({ id }) => id)
  const responses = await openFormResponses(deps, viewer, origin, ids)
  const formAnswers = ids.flatMap((id) => unwrap(responses.get(id)) ?? [])
  const { facts } = await loadPromptInput(deps, source, { intake, formAnswers })
  return previewConfiguredRequest(deps, viewer, { configurationId, facts })
}

function unwrap<T>(result: T | ChurchHubError | null | undefined): T | null {
  if (result instanceof ChurchHubError) throw result
  return result ?? null
}
