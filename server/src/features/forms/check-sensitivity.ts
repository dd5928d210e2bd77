import type { Viewer } from '../../core/access/viewer.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import { readEventTypeSensitivity } from './active-form.reads.ts'

const fromLeastSensitive = ['Low', 'Medium', 'High'] as const

/**
 * Applies a change of a form, but rejects it if an API token would make the bookings of its event type less sensitive by it.
 * Tokens see bookings redacted and must not be able to lift that for later ones.
 *
 * @throws ForbiddenError
 */
export async function checkSensitivity(
  tx: Transaction,
  viewer: Viewer,
  { userId, eventTypeId }: Readonly<{ userId: string; eventTypeId: number }>,
  change: () => Promise<unknown>,
): Promise<void> {
  const rankOf = async () =>
    fromLeastSensitive.indexOf((await readEventTypeSensitivity(tx, userId, eventTypeId)) ?? 'Medium')
  const before = viewer.kind === 'token' ? await rankOf() : 0
  await change()
  if (viewer.kind === 'token' && (await rankOf()) < before) {
    throw new ForbiddenError("API tokens can't make bookings less sensitive. Sign in instead.")
  }
}
