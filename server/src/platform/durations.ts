/** Durations in milliseconds. Days are 24 hours; calendar days depend on a time zone. */
export const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
