import { z } from 'zod'

/** What `form_responses.redactedData` holds in clear, for counting: no answer, and nothing that tells one. */
const redactedAnswersSchema = z.object({ answeredCount: z.number().int().nonnegative() })

/** How many questions were answered, or 0 where nobody counted. */
export function answeredCountOf(redactedData: unknown): number {
  const redacted = redactedAnswersSchema.safeParse(redactedData)
  return redacted.success ? redacted.data.answeredCount : 0
}
