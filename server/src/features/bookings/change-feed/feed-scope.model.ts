import { z } from 'zod'
import type { Viewer } from '../../../core/access/viewer.ts'

/** The changes of one owner, or of everybody. */
export type FeedScope = Readonly<{ ownerId: string } | { everybody: true }>

/** The scope of a viewer's feed: their own changes, or everybody's for an admin. */
export function feedScopeOf(viewer: Viewer): FeedScope {
  return viewer.role === 'admin' ? { everybody: true } : { ownerId: viewer.userId }
}

export function isInFeedScope(scope: FeedScope, ownerId: string): boolean {
  return 'everybody' in scope || scope.ownerId === ownerId
}

const notificationSchema = z.object({ ownerId: z.string(), number: z.int().positive() })

/**
 * Parses a notification on the channel `booking_changes`: an owner and the number of their latest change. Null if it is
 * invalid.
 */
export function notificationOf(text: string): Readonly<{ ownerId: string; number: bigint }> | null {
  try {
    const { ownerId, number } = notificationSchema.parse(JSON.parse(text))
    return { ownerId, number: BigInt(number) }
  } catch {
    return null
  }
}
