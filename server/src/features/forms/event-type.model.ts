import { z } from 'zod'

/** The texts of an event type. Null where unknown. */
export type EventTypeTexts = Readonly<{ title: string | null; slug: string | null; description: string | null }>

export const eventTypeFormat = z.object({
  title: z.string().trim().min(1, 'must not be empty').max(255, 'must have at most 255 characters'),
})
