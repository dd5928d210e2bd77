import { z } from 'zod'

export const sensitivitySchema = z.enum(['High', 'Medium', 'Low'])

export type Sensitivity = z.infer<typeof sensitivitySchema>

export const summaryMethodSchema = z.enum(['rule-based', 'ai-generated'])

/** What stands in clear beside a sealed summary: schema.md, "Metadata Structure", key by key. */
export const summaryMetadataSchema = z.strictObject({
  topic: z.string(),
  participants: z.array(z.string()),
  sensitivity: sensitivitySchema,
  /** How people meet ('In person', 'Online', 'By phone'), never an address, number or link. */
  location: z.string(),
  when: z.iso.datetime(),
  duration: z.int().nonnegative(),
  plainText: z.string(),
  generatedAt: z.iso.datetime(),
  method: summaryMethodSchema,
})

export type SummaryMetadata = Readonly<z.infer<typeof summaryMetadataSchema>>

/** What `context_summaries.encryptedSummary` seals, as JSON. */
export const summaryContentSchema = z.object({ version: z.literal(1), text: z.string() })

export type SummaryContent = Readonly<z.infer<typeof summaryContentSchema>>

const zoneSchema = z.object({ organizerTimeZone: z.string() })

/** The zone that a brief tells times in: the pastor's, or the attendee's where Cal.com did not say the pastor's. */
export function meetingZone(booking: Readonly<{ metadata: unknown; timeZone: string | null }>): string | null {
  const zone = zoneSchema.safeParse(booking.metadata)
  return zone.success ? zone.data.organizerTimeZone : booking.timeZone
}
