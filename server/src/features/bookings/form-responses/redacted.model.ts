import { z } from 'zod'

/** The plaintext part of a response, in `form_responses.redactedData`: counts only. */
const redactedAnswersSchema = z.object({ answeredCount: z.number().int().nonnegative() })

/** The number of answered questions, or 0 if it is missing. */
export function answeredCountOf(redactedData: unknown): number {
  const redacted = redactedAnswersSchema.safeParse(redactedData)
  return redacted.success ? redacted.data.answeredCount : 0
}
