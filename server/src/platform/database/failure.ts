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
    if (/^2[23]/.test(stateOf(current))) return true
  }
  return false
}

/** Whether somebody else held a lock for longer than was waited for it. */
export function isLockedOut(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (stateOf(current) === '55P03') return true
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
  const code = fieldOf(error, 'code')
  const { kind } = causeOf(error)
  const state = stateOf(error)
  if (code === 'P2034' || kind === 'TransactionWriteConflict' || conflictStates.has(state)) return 'conflict'
  const isUnavailable =
    unavailableCodes.has(String(code)) ||
    unavailableKinds.has(kind) ||
    unavailableStates.test(state) ||
    unavailableTexts.test(error.message)
  return isUnavailable ? 'unavailable' : null
}

/**
 * PostgreSQL's code for what went wrong, or ''. A statement that is run without Prisma fails with the driver's own error,
 * whose class each driver has of its own; what PostgreSQL says always has a severity.
 */
function stateOf(error: Error): string {
  return textIn(error, 'severity') === '' ? causeOf(error).originalCode : textIn(error, 'code')
}

/**
 * What the driver said, as Prisma hands it on: `meta.driverAdapterError.cause`, or where it lets the driver's own error
 * through, as it does when a transaction ends with its connection, that one's `cause`, which is no Error.
 */
function causeOf(error: Error): { kind: string; originalCode: string } {
  const cause = fieldOf(fieldOf(fieldOf(error, 'meta'), 'driverAdapterError') ?? error, 'cause')
  return { kind: textIn(cause, 'kind'), originalCode: textIn(cause, 'originalCode') }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textIn(value: unknown, name: string): string {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : ''
}
