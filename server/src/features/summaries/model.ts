import { z } from 'zod'

const sensitivitySchema = z.enum(['High', 'Medium', 'Low'])

export type Sensitivity = z.infer<typeof sensitivitySchema>

const summaryMethodSchema = z.enum(['rule-based', 'ai-generated'])

/** The plaintext metadata stored with an encrypted summary. */
export const summaryMetadataSchema = z.strictObject({
  topic: z.string(),
  participants: z.array(z.string()),
  sensitivity: sensitivitySchema,
  /** How people meet ('In person', 'Online', 'By phone'), never an address, phone number or link. */
  location: z.string(),
  when: z.iso.datetime(),
  duration: z.int().nonnegative(),
  plainText: z.string(),
  generatedAt: z.iso.datetime(),
  method: summaryMethodSchema,
  /** Set if an AI provider wrote the summary or failed to: its name, the model, and the reason for a failure. */
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
  /** Why the meeting is urgent, as texts for the owner. Empty if it isn't. */
  urgentMatters: z.array(z.string()),
  /** The questions whose answers the summary covers. */
  answeredQuestions: z.array(z.string()),
})

/** The JSON that `context_summaries.encryptedSummary` contains when decrypted. Old rows have version 1. */
export const summaryContentSchema = z.union([
  secondContent,
  firstContent.transform(({ text }) => ({ version: 2 as const, text, urgentMatters: [], answeredQuestions: [] })), // the version is a literal
])

export type SummaryContent = Readonly<z.infer<typeof secondContent>>

/** An encrypted summary that is not stored yet. */
export type WrittenSummary = Readonly<{
  id: string
  ciphertext: string
  /** SHA-256 (hex) of the ciphertext, for the audit log. */
  sealedDigest: string
  metadata: SummaryMetadata
  createdAt: Date
  expiresAt: Date
}>

const zoneSchema = z.object({ organizerTimeZone: z.string() })

/** The time zone for displaying times: the pastor's, or the attendee's if Cal.com didn't send it. */
export function meetingZone(booking: Readonly<{ metadata: unknown; timeZone: string | null }>): string | null {
  const zone = zoneSchema.safeParse(booking.metadata)
  return zone.success ? zone.data.organizerTimeZone : booking.timeZone
}
