/** The oldest month of the audit log to keep. A month's partition can be dropped if it ends before this. */
export function oldestKeptMonth(now: Date, months: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate()))
}
