import type { z } from 'zod'
import { BadUserInputError } from './errors.ts'

/** Checks what somebody sent. Throws BadUserInputError with the first field that can't be used, never with its value. */
export function checkInput<T>(format: z.ZodType<T>, input: unknown): T {
  const parsed = format.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new BadUserInputError(field, `${field} ${issue?.message}.`)
}
