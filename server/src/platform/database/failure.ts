/**
 * What kind of failure an error of the database's is: `unavailable` passes by itself, `conflict` (a deadlock or a
 * serialization failure) goes away when the whole transaction runs again, null is anything else.
 */
export function databaseFailureOf(error: unknown): 'unavailable' | 'conflict' | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const failure = failureOf(current)
    if (failure !== null) return failure
  }
  return null
}

/**
 * Whether PostgreSQL refused a value that it was given (its classes 22, data exceptions, and 23, integrity constraints):
 * the same statement without that value may pass.
 */
export function isFaultOfValue(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { meta } = { meta: undefined, ...current }
    if (/^2[23]/.test(causeIn(meta).originalCode)) return true
  }
  return false
}

// Prisma's codes: not reachable, timed out, closed by the server, no free connection, too many of them.
const unavailableCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037'])
const unavailableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
])
// PostgreSQL's classes (its documentation, appendix A): connection exceptions, lack of resources, operator intervention.
const unavailableStates = /^(?:08|53|57)/
const conflictStates = new Set(['40001', '40P01'])
const unavailableTexts =
  /Connection terminated|not queryable|Query read timeout|Transaction already closed|expired transaction|ECONNREFUSED|ECONNRESET|EPIPE|timeout exceeded when trying to connect|Unable to start a transaction in the given time/

function failureOf(error: Error): 'unavailable' | 'conflict' | null {
  const { code, meta } = { code: undefined, meta: undefined, ...error }
  const { kind, originalCode } = causeIn(meta)
  if (code === 'P2034' || kind === 'TransactionWriteConflict' || conflictStates.has(originalCode)) return 'conflict'
  const isUnavailable =
    unavailableCodes.has(String(code)) ||
    unavailableKinds.has(kind) ||
    unavailableStates.test(originalCode) ||
    unavailableTexts.test(error.message)
  return isUnavailable ? 'unavailable' : null
}

/** What the driver said, as Prisma hands it on: `meta.driverAdapterError.cause`. */
function causeIn(meta: unknown): { kind: string; originalCode: string } {
  const cause = fieldOf(fieldOf(meta, 'driverAdapterError'), 'cause')
  return { kind: textIn(cause, 'kind'), originalCode: textIn(cause, 'originalCode') }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textIn(value: unknown, name: string): string {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : ''
}
