import { z } from 'zod'

/** What an event type is called and how it is described. Each is null where nothing is known. */
export type EventTypeTexts = Readonly<{ title: string | null; slug: string | null; description: string | null }>

/** What a pastor may call an event type. */
export const eventTypeFormat = z.object({
  title: z.string().trim().min(1, 'must not be empty').max(255, 'must have at most 255 characters'),
})
