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

/** Which sessions, or which tokens, still hold. */
type LoginCheck = Readonly<{ aliveAmong(ids: readonly string[]): Promise<ReadonlySet<string>> }>

export type DownloadDeps = Readonly<{
  database: Database
  sessions: LoginCheck
  tokens: LoginCheck
  log: Pick<Log, 'error'>
  /** Who asks, by a token or by the session's cookie, and from where. */
  identify: (request: IncomingMessage) => Promise<Readonly<{ viewer: Viewer | null; origin: Origin }>>
  /** The origins that ChurchHub is reached under. */
  publicOrigins: ReadonlySet<string>
  /** The least that a reader has to take in, and in what time; 64 KB in half a minute unless said otherwise. */
  pace?: Readonly<{ bytes: number; withinMs: number }>
}>

/** What an API token needs to ask for the log. */
const scope = 'audit:read'

const formats: Readonly<Record<string, ExportFormat>> = { '/audit-log.csv': csv, '/audit-log.jsonl': jsonl }

const statusOf: Readonly<Record<string, number>> = { RATE_LIMITED: 429, AUDIT_UNAVAILABLE: 503, UNAVAILABLE: 503 }

// A download keeps the database busy for as long as its reader can take it in.
const bounds = { atOnce: 2, waiting: 8 }

// What the slowest line still carries. A byte now and then, to hold a place, is less.
const leastPace = { bytes: 65_536, withinMs: 30_000 }

/**
 * The audit log as a file: `/audit-log.csv` and `/audit-log.jsonl`, with `action`, `userId`, `bookingId`, `from` and `to`
 * as in the API's filter. A pastor gets their own view, an admin everything.
 *
 * Answers 400 for a parameter that can't be used, 401 without a session or token, 403 to another site's page and to a
 * token without `audit:read`, 405, 429 when too
 * many are downloading, or the same person is already, and 503 when the export can't be put on record. An answer that breaks
 * off was not all of it: the session ended meanwhile, or the reader took in next to nothing for half a minute.
 */
export function auditLogDownload(deps: DownloadDeps) {
  const bounded = createSemaphore(bounds)
  /** Who is downloading: one at a time each, so that nobody holds the places of all others. */
  const downloading = new Set<string>()

  return async function download(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const format = formats[url.pathname]
    if (format === undefined) return refuse(response, 404, 'NOT_FOUND', 'Not found. Check the address.')
    if (request.method !== 'GET') {
      return refuse(response, 405, 'METHOD_NOT_ALLOWED', 'Method not allowed. Use GET.', { allow: 'GET' })
    }
    const { viewer, origin } = await deps.identify(request)
    // No page of another site can make a browser send a token.
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
    const query = parseExportQuery(url.searchParams)
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
      await bounded(async () => {
        const { rows, chunks } = await exportAuditLog(deps, { viewer, origin }, format, query.filter)
        const day = new Date().toISOString().slice(0, 10)
        response.writeHead(200, {
          'content-type': format.contentType,
          'content-disposition': `attachment; filename="audit-log-${day}.${format.name}"`,
          'cache-control': 'no-store',
          'x-audit-log-rows': String(rows),
        })
        keepPace(response, deps.pace ?? leastPace)
        await pipeline(Readable.from(whileSignedIn(deps, viewer, chunks)), response)
      })
    } catch (error) {
      // What has begun can only be broken off: the missing end of a chunked answer says that it is not whole.
      if (response.headersSent) {
        response.destroy()
        if (!response.closed && !isGone(error)) deps.log.error({ err: error }, 'a download of the audit log broke off')
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

/** Breaks off whoever takes less than that while something waits to be taken. Who waits for the database is not cut off. */
function keepPace(response: ServerResponse, { bytes, withinMs }: Readonly<{ bytes: number; withinMs: number }>): void {
  const { socket } = response
  if (socket === null) return
  // What has been handed to the system, which takes more only as the reader does.
  const taken = () => socket.bytesWritten - socket.writableLength
  let [before, wasWaiting] = [taken(), false]
  const check = setInterval(() => {
    const isWaiting = response.writableLength > 0
    if (isWaiting && wasWaiting && taken() - before < bytes) response.destroy()
    before = taken()
    wasWaiting = isWaiting
  }, withinMs)
  response.once('close', () => clearInterval(check))
}

/** The chunks for as long as the session or token lasts that asked for them: it is asked for before each is handed out. */
async function* whileSignedIn(
  { sessions, tokens }: Pick<DownloadDeps, 'sessions' | 'tokens'>,
  viewer: Viewer,
  chunks: AsyncIterable<string>,
): AsyncGenerator<string> {
  const logins = viewer.kind === 'person' ? sessions : tokens
  const id = loginIdOf(viewer)
  for await (const chunk of chunks) {
    if (!(await logins.aliveAmong([id])).has(id)) throw new UnauthenticatedError()
    yield chunk
  }
}

/** Whoever was downloading went away, or may read no more. */
function isGone(error: unknown): boolean {
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
