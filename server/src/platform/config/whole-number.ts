import { z } from 'zod'

/** The format of a setting that is a whole number within bounds. Its message says the bounds and never what was given. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.int().min(least, message).max(most, message))
}
