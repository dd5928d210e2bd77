import { lostStatementStates } from './statement-names.ts'

/**
 * Classifies a database error: `unavailable` is transient, `conflict` (a deadlock, a serialization failure, or a
 * prepared statement that a pooler lost) is resolved by rerunning the whole transaction, null is anything else.
 */
export function databaseFailureOf(error: unknown): 'unavailable' | 'conflict' | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const failure = failureOf(current)
    if (failure !== null) return failure
  }
  return null
}

/**
 * Whether PostgreSQL rejected a value (SQLSTATE classes 22, data exception, and 23, integrity constraint violation):
 * the same statement may succeed without that value.
 */
export function isRejectedValue(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (/^2[23]/.test(stateOf(current))) return true
  }
  return false
}

/** Whether the statement timed out waiting for a lock. */
export function isLockTimeout(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (stateOf(current) === '55P03') return true
  }
  return false
}

// Prisma's codes: unreachable, timed out, closed by the server, pool timeout, too many connections.
const unavailableCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037'])
const unavailableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
])
// SQLSTATE classes (PostgreSQL docs, appendix A): connection exception, insufficient resources, operator intervention;
// and a read-only database, which after a failover is the former primary.
const unavailableStates = /^(?:08|53|57|25006$)/
const conflictStates = new Set(['40001', '40P01', ...lostStatementStates])
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
 * The SQLSTATE, or ''. A statement that bypasses Prisma fails with the driver's own error class; errors from PostgreSQL
 * always have a severity.
 */
function stateOf(error: Error): string {
  return textIn(error, 'severity') === '' ? causeOf(error).originalCode : textIn(error, 'code')
}

/**
 * The driver's error as Prisma passes it on: `meta.driverAdapterError.cause`, or the `cause` of the driver's own error,
 * which is not an Error, when Prisma lets that through because a transaction ended with its connection.
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
