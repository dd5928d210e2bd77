import { z } from 'zod'
import type { Viewer } from '../../../core/access/viewer.ts'

/** Whose changes: one owner's, or everybody's. */
export type FeedScope = Readonly<{ ownerId: string } | { everybody: true }>

/** Whose changes a viewer follows: one's own, or everybody's for an admin. */
export function feedScopeOf(viewer: Viewer): FeedScope {
  return viewer.role === 'admin' ? { everybody: true } : { ownerId: viewer.userId }
}

export function isInFeedScope(following: FeedScope, ownerId: string): boolean {
  return 'everybody' in following || following.ownerId === ownerId
}

const noticeSchema = z.object({ ownerId: z.string(), number: z.int().positive() })

/** What a notice of the channel `booking_changes` tells: whose log has a row of that number now. Null: it is none of ours. */
export function notificationOf(text: string): Readonly<{ ownerId: string; number: bigint }> | null {
  try {
    const { ownerId, number } = noticeSchema.parse(JSON.parse(text))
    return { ownerId, number: BigInt(number) }
  } catch {
    return null
  }
}
