/** A month of the log goes when its end is before this: when the newest of its rows is that many months old. */
export function oldestKeptMonth(now: Date, months: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate()))
}
