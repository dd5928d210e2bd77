import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { loginIdOf, type Origin, type Viewer } from '../../core/access/viewer.ts'
import { createSemaphore } from '../../platform/concurrency/semaphore.ts'
import type { Database } from '../../platform/database/client.ts'
import { ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'
import { respondJson } from '../../platform/http/respond.ts'
import { isSameOrigin } from '../../platform/http/same-origin.ts'
import type { Log } from '../../platform/logging/log.ts'
import { csv, type ExportFormat, jsonl, parseExportQuery } from './export.model.ts'
import { exportAuditLog } from './export-audit-log.ts'
import { listAuditActions } from './list-audit-actions.ts'

/** Tells which of some sessions, or API tokens, are still valid. */
type LoginCheck = Readonly<{ findValid(ids: readonly string[]): Promise<ReadonlySet<string>> }>

export type DownloadDeps = Readonly<{
  database: Database
  sessions: LoginCheck
  tokens: LoginCheck
  log: Pick<Log, 'error'>
  /** Identifies the caller by API token or session cookie, and the origin of the request. */
  identify: (request: IncomingMessage) => Promise<Readonly<{ viewer: Viewer | null; origin: Origin }>>
  /** The origins under which ChurchHub is served. */
  publicOrigins: ReadonlySet<string>
  /** The minimum throughput of a reader. Defaults to 64 KB in 30 seconds. */
  minimumRate?: Readonly<{ bytes: number; withinMs: number }>
}>

/** Both names of each action, with the one in the log. */
const actions = new Map(
  listAuditActions().flatMap(({ name, action }): [string, string][] => [
    [name, action],
    [action, action],
  ]),
)

/** The scope that an API token needs. */
const scope = 'audit:read'

const formats: Readonly<Record<string, ExportFormat>> = { '/audit-log.csv': csv, '/audit-log.jsonl': jsonl }

const statusOf: Readonly<Record<string, number>> = { RATE_LIMITED: 429, AUDIT_UNAVAILABLE: 503, UNAVAILABLE: 503 }

// A download uses the database until its reader has received everything, so only a few run at once.
const bounds = { maxConcurrent: 2, maxQueued: 8 }

// Slow enough for any real connection. A reader that takes single bytes to occupy a slot is cut off.
const defaultMinimumRate = { bytes: 65_536, withinMs: 30_000 }

/**
 * Serves the audit log as a file: `/audit-log.csv` and `/audit-log.jsonl`, with the query parameters `action`, `userId`,
 * `bookingId`, `from` and `to` as in the API's filter. A pastor gets the entries they may see, an admin all.
 *
 * Status codes: 400 for an invalid parameter; 401 without a session or token; 403 for a cross-site request and for a token
 * without `audit:read`; 405; 429 if too many downloads are running, or the user already has one; 503 if the export can't be
 * recorded in the audit log. A truncated response means that the session ended, or that the reader fell below the minimum
 * throughput.
 */
export function auditLogDownload(deps: DownloadDeps) {
  const limitConcurrency = createSemaphore(bounds)
  /** The users with a running download: one each, so that nobody occupies all slots. */
  const downloading = new Set<string>()

  return async function download(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const format = formats[url.pathname]
    if (format === undefined) return refuse(response, 404, 'NOT_FOUND', 'Not found. Check the address.')
    if (request.method !== 'GET') {
      return refuse(response, 405, 'METHOD_NOT_ALLOWED', 'Method not allowed. Use GET.', { allow: 'GET' })
    }
    const { viewer, origin } = await deps.identify(request)
    // CSRF needs no check with a token: other sites can't make a browser send one.
    if (viewer?.kind !== 'token' && !isSameOrigin(request, deps.publicOrigins)) {
      return refuse(
        response,
        403,
        'FORBIDDEN',
        "Pages of other sites can't send requests on your behalf. Use ChurchHub itself, or an API token.",
      )
    }
    if (viewer === null) return refuse(response, 401, 'UNAUTHENTICATED', 'Sign in first.')
    if (viewer.kind === 'token' && !viewer.scopes.has(scope)) {
      const message = `This requires a token with the scope ${scope}.`
      return refuse(response, 403, 'FORBIDDEN', message, {}, { missingScope: [scope] })
    }
    const query = parseExportQuery(url.searchParams, actions)
    if ('field' in query) {
      return refuse(
        response,
        400,
        'BAD_USER_INPUT',
        "This parameter can't be used. Correct or remove it.",
        {},
        { field: query.field },
      )
    }
    if (downloading.has(viewer.userId)) {
      return refuse(response, 429, 'RATE_LIMITED', 'You already have a download running. Wait until it ends.', {
        'retry-after': '5',
      })
    }
    downloading.add(viewer.userId)
    try {
      await limitConcurrency(async () => {
        const { rows, chunks } = await exportAuditLog(deps, { viewer, origin }, format, query.filter)
        const day = new Date().toISOString().slice(0, 10)
        response.writeHead(200, {
          'content-type': format.contentType,
          'content-disposition': `attachment; filename="audit-log-${day}.${format.name}"`,
          'cache-control': 'no-store',
          'x-audit-log-rows': String(rows),
        })
        enforceMinimumRate(response, deps.minimumRate ?? defaultMinimumRate)
        await pipeline(Readable.from(whileSignedIn(deps, viewer, chunks)), response)
      })
    } catch (error) {
      // What has begun can only be broken off: the missing end of a chunked answer says that it is not whole.
      if (response.headersSent) {
        response.destroy()
        if (!response.closed && !isExpectedEnd(error))
          deps.log.error({ err: error }, 'an audit log download was aborted')
        return
      }
      const status = error instanceof ChurchHubError ? statusOf[error.code] : undefined
      if (!(error instanceof ChurchHubError) || status === undefined) throw error
      refuse(response, status, error.code, error.message, { 'retry-after': '5' })
    } finally {
      downloading.delete(viewer.userId)
    }
  }
}

/**
 * Ends the response if the reader falls below the minimum throughput while data is buffered. Time spent waiting for the
 * database doesn't count.
 */
function enforceMinimumRate(
  response: ServerResponse,
  { bytes, withinMs }: Readonly<{ bytes: number; withinMs: number }>,
): void {
  const { socket } = response
  if (socket === null) return
  // Bytes handed to the kernel, which accepts more only as the reader does.
  const bytesTaken = () => socket.bytesWritten - socket.writableLength
  let [before, hadBuffered] = [bytesTaken(), false]
  const check = setInterval(() => {
    const hasBuffered = response.writableLength > 0
    if (hasBuffered && hadBuffered && bytesTaken() - before < bytes) response.destroy()
    before = bytesTaken()
    hadBuffered = hasBuffered
  }, withinMs)
  response.once('close', () => clearInterval(check))
}

/** Yields chunks while the session or token is valid, which is checked before each chunk. */
async function* whileSignedIn(
  { sessions, tokens }: Pick<DownloadDeps, 'sessions' | 'tokens'>,
  viewer: Viewer,
  chunks: AsyncIterable<string>,
): AsyncGenerator<string> {
  const logins = viewer.kind === 'person' ? sessions : tokens
  const id = loginIdOf(viewer)
  for await (const chunk of chunks) {
    if (!(await logins.findValid([id])).has(id)) throw new UnauthenticatedError()
    yield chunk
  }
}

/** Whether the client disconnected or lost access. */
function isExpectedEnd(error: unknown): boolean {
  if (error instanceof UnauthenticatedError) return true
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
  extensions: object = {},
): void {
  respondJson(response, status, { errors: [{ message, extensions: { code, ...extensions } }] }, headers)
}
