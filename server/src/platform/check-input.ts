import type { z } from 'zod'
import { BadUserInputError } from './errors.ts'

/** Validates input. Throws BadUserInputError naming the first invalid field, never its value. */
export function checkInput<T>(format: z.ZodType<T>, input: unknown): T {
  const parsed = format.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new BadUserInputError(field, `${field} ${issue?.message}.`)
}
