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
 * Shows the viewer what would be sent by a configuration: of their own next booking, or of the made-up one where they have
 * none. Opening the booking is recorded like any other opening. Nothing is sent.
 *
 * @throws NotFoundError for a configuration that is not the viewer's to use; UnreadableError, on record;
 *   AuditUnavailableError
 */
export async function previewNextBooking(
  deps: OpenDeps & Readonly<{ clock: Clock }>,
  viewer: PersonViewer,
  origin: Origin,
  configurationId: string,
): Promise<ConfiguredRequestPreview> {
  if (!isUuid(configurationId)) throw new NotFoundError()
  // Before anything is opened: a configuration that isn't there is no reason to open a booking.
  const example = await previewConfiguredRequest(deps, viewer, { configurationId, facts: null })
  const bookingId = await findNextBookingId(deps.database, viewer.userId, deps.clock.now())
  if (bookingId === null) return example
  const source = await deps.database.$transaction((tx) => readSummarySource(tx, bookingId))
  // Handed over between the two reads.
  if (source === null || source.ownerId !== viewer.userId) throw new NotFoundError()
  const intake = opened((await openIntakes(deps, viewer, origin, [bookingId])).get(bookingId))
  const ids = source.formResponses.map(({ id }) => id)
  const responses = await openFormResponses(deps, viewer, origin, ids)
  const formAnswers = ids.flatMap((id) => opened(responses.get(id)) ?? [])
  const { facts } = await loadPromptInput(deps, source, { intake, formAnswers })
  return previewConfiguredRequest(deps, viewer, { configurationId, facts })
}

function opened<T>(result: T | ChurchHubError | null | undefined): T | null {
  if (result instanceof ChurchHubError) throw result
  return result ?? null
}
