import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { loginIdOf, type Origin, type Viewer } from '../../core/access/viewer.ts'
import { createBounded } from '../../platform/bounded.ts'
import type { Database } from '../../platform/database/client.ts'
import { ChurchHubError, UnauthenticatedError } from '../../platform/errors.ts'
import { respondJson } from '../../platform/http/respond.ts'
import { isSameOrigin } from '../../platform/http/same-origin.ts'
import type { Log } from '../../platform/log.ts'
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
  /** How long a reader may take nothing in before the download breaks off; half a minute unless said otherwise. */
  longestStallMs?: number
}>

/** What an API token needs to ask for the log. */
const scope = 'audit:read'

const formats: Readonly<Record<string, ExportFormat>> = { '/audit-log.csv': csv, '/audit-log.jsonl': jsonl }

const statusOf: Readonly<Record<string, number>> = { RATE_LIMITED: 429, AUDIT_UNAVAILABLE: 503, UNAVAILABLE: 503 }

// A download keeps the database busy for as long as its reader can take it in.
const bounds = { atOnce: 2, waiting: 8 }
const longestStallMs = 30_000

/**
 * The audit log as a file: `/audit-log.csv` and `/audit-log.jsonl`, with `action`, `userId`, `bookingId`, `from` and `to`
 * as in the API's filter. A pastor gets their own view, an admin everything.
 *
 * Answers 400 for a parameter that can't be used, 401 without a session or token, 403 to another site's page and to a
 * token without `audit:read`, 405, 429 when too
 * many are downloading, and 503 when the export can't be put on record. An answer that breaks off was not all of it: the
 * session ended meanwhile, or the reader took nothing in for half a minute.
 */
export function auditLogDownload(deps: DownloadDeps) {
  const bounded = createBounded(bounds)

  return async function download(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const format = formats[url.pathname]
    if (format === undefined) return refuse(response, 404, 'NOT_FOUND', 'There is nothing here.')
    if (request.method !== 'GET') {
      return refuse(response, 405, 'METHOD_NOT_ALLOWED', 'Only GET works here.', { allow: 'GET' })
    }
    const { viewer, origin } = await deps.identify(request)
    // No page of another site can make a browser send a token.
    if (viewer?.kind !== 'token' && !isSameOrigin(request, deps.publicOrigins)) {
      return refuse(response, 403, 'FORBIDDEN', "Another site's page can't ask in your name.")
    }
    if (viewer === null) return refuse(response, 401, 'UNAUTHENTICATED', 'Sign in first.')
    if (viewer.kind === 'token' && !viewer.scopes.has(scope)) {
      const message = `This needs a token with the scope ${scope}.`
      return refuse(response, 403, 'FORBIDDEN', message, {}, { missingScope: [scope] })
    }
    const query = parseExportQuery(url.searchParams)
    if ('field' in query) {
      return refuse(response, 400, 'BAD_USER_INPUT', 'This parameter can not be used.', {}, { field: query.field })
    }
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
        // The time since a byte was last taken: whoever reads slowly but reads is not cut off, nor who waits for the database.
        response.setTimeout(deps.longestStallMs ?? longestStallMs, () => {
          if (response.writableLength > 0) response.destroy()
        })
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
    }
  }
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
