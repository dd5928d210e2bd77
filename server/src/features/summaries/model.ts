import { z } from 'zod'

const sensitivitySchema = z.enum(['High', 'Medium', 'Low'])

export type Sensitivity = z.infer<typeof sensitivitySchema>

const summaryMethodSchema = z.enum(['rule-based', 'ai-generated'])

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
  /** Beyond schema.md, where a provider wrote it or was meant to: who, with which model, and why the rules did it after all. */
  provider: z.enum(['openai', 'anthropic', 'local']).optional(),
  model: z.string().max(100).optional(),
  reason: z
    .string()
    .regex(/^[A-Z_]{1,40}$/)
    .optional(),
})

export type SummaryMetadata = Readonly<z.infer<typeof summaryMetadataSchema>>

const firstContent = z.object({ version: z.literal(1), text: z.string() })
const secondContent = z.object({
  version: z.literal(2),
  text: z.string(),
  /** What makes the meeting urgent, in words for the owner; empty where nothing does. */
  urgentMatters: z.array(z.string()),
  /** The questions whose answers it was written from, as they were put. */
  answeredQuestions: z.array(z.string()),
})

/** What `context_summaries.encryptedSummary` seals, as JSON. The first version, still in old rows, knew less. */
export const summaryContentSchema = z.union([
  secondContent,
  firstContent.transform(({ text }) => ({ version: 2 as const, text, urgentMatters: [], answeredQuestions: [] })), // the version is a literal
])

export type SummaryContent = Readonly<z.infer<typeof secondContent>>

/** A summary that is written and sealed, but not yet stored. */
export type WrittenSummary = Readonly<{
  id: string
  sealed: string
  /** SHA-256 of what is sealed, hex, for the audit log. */
  sealedDigest: string
  metadata: SummaryMetadata
  createdAt: Date
  expiresAt: Date
}>

const zoneSchema = z.object({ organizerTimeZone: z.string() })

/** The zone that a brief tells times in: the pastor's, or the attendee's where Cal.com did not say the pastor's. */
export function meetingZone(booking: Readonly<{ metadata: unknown; timeZone: string | null }>): string | null {
  const zone = zoneSchema.safeParse(booking.metadata)
  return zone.success ? zone.data.organizerTimeZone : booking.timeZone
}
