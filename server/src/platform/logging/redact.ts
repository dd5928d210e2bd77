import { ChurchHubError } from '../errors.ts'
import { Secret } from '../secret.ts'

const MASK = '[redacted]'
const DEEPEST = 8

// Field names of secrets, in headers, bodies and rows.
const SECRET_NAME =
  /authorization|cookie|password|secret|credential|token(hash)?$|(api|encryption|master|data|wrapped|private)_?key|^x-cal-|plaintext|^encrypted|sealed(body)?$/i

/** `redact` for the fields of a log line. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, member]) => [name, SECRET_NAME.test(name) ? MASK : redact(member, depth + 1)]),
  )
}

/**
 * Makes a copy that is safe to log: values of secret fields are masked at any depth, errors keep only what can't quote
 * a value, and only plain objects and arrays are walked, so no connection, request or buffer is logged with its
 * contents.
 */
function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Secret) return MASK
  if (value instanceof Date) return value
  if (depth >= DEEPEST) return '[deeper]'
  if (value instanceof Error) return redactError(value, depth)
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return `[${value.constructor.name}]`
  return redactFields(value, depth)
}

/**
 * An error's name, codes, stack and causes. Its message only if it can't quote a value: the messages of database
 * drivers, Prisma, JSON.parse, zod and GraphQL repeat parameters and input.
 */
function redactError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number') && { code: error.code }),
    ...sqlStateIn(error),
    ...(mayShowMessage(error) && { message: error.message }),
    stack: framesOf(error),
    ...(error instanceof ChurchHubError && { extensions: redact(error.extensions, depth + 1) }),
    ...(error.cause !== undefined && { cause: redact(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && { errors: error.errors.map((each) => redact(each, depth + 1)) }),
  }
}

function mayShowMessage(error: Error): boolean {
  if (error instanceof ChurchHubError) return true
  // System errors: a call, a code, an address or a path.
  if ('syscall' in error) return true
  const isBuiltIn = [Error, TypeError, RangeError, ReferenceError, AggregateError].some(
    (builtIn) => Object.getPrototypeOf(error) === builtIn.prototype,
  )
  // pg and Prisma also throw plain Errors; these fields identify them.
  return (
    isBuiltIn && !['severity', 'detail', 'clientVersion', 'meta', 'response', 'query'].some((field) => field in error)
  )
}

// The first lines of a stack repeat the message.
function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}

/** PostgreSQL's own code of an error that Prisma passes on under its code for all of them. */
function sqlStateIn(error: Error): { sqlState?: string } {
  let field: unknown = error
  for (const name of ['meta', 'driverAdapterError', 'cause', 'originalCode']) {
    field = typeof field === 'object' && field !== null ? Reflect.get(field, name) : undefined
  }
  return typeof field === 'string' ? { sqlState: field } : {}
}
