import type { Viewer } from '../../core/access/viewer.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import { readEventTypeSensitivity } from './active-form.reads.ts'

const fromLoosest = ['Low', 'Medium', 'High'] as const

/**
 * Makes a change of a form, unless an API token would show more of the bookings of its event type by it. A token sees bookings
 * redacted, and must not be the way to see the next ones unredacted.
 *
 * @throws ForbiddenError
 */
export async function checkSensitivity(
  tx: Transaction,
  viewer: Viewer,
  { userId, eventTypeId }: Readonly<{ userId: string; eventTypeId: number }>,
  change: () => Promise<unknown>,
): Promise<void> {
  const rank = async () => fromLoosest.indexOf((await readEventTypeSensitivity(tx, userId, eventTypeId)) ?? 'Medium')
  const before = viewer.kind === 'token' ? await rank() : 0
  await change()
  if (viewer.kind === 'token' && (await rank()) < before) {
    throw new ForbiddenError("API tokens can't make bookings less sensitive. Sign in instead.")
  }
}
