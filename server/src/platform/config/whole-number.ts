import { z } from 'zod'

/** The format of a setting that is an integer within limits. Its message names the limits and never the value. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.int().min(least, message).max(most, message))
}
