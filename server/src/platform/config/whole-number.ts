import { z } from 'zod'

/** The format of a setting that is an integer within limits. Its message names the limits and never the value. */
export function integerBetween(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.int().min(min, message).max(max, message))
}
