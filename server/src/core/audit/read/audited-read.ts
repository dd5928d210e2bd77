import { type Database, Prisma } from '../../../platform/database/client.ts'
import type { Origin, Viewer } from '../../access/viewer.ts'
import type { EncryptedColumn } from '../../vault/aad-context.ts'
import type { AuditAction, AuditResource } from '../actions.ts'
import { AuditUnavailableError } from '../errors.ts'

/** An encrypted column as used by the audited read. */
export type EncryptedSource = Readonly<{
  column: EncryptedColumn
  resource: AuditResource
  readAction: Extract<AuditAction, `${string}.read`>
  deniedAction: Extract<AuditAction, `${string}.read_denied`>
  /** A SELECT of `id`, `"bookingId"`, `"ownerId"` and `sealed` (null: nothing to decrypt) for every row. */
  rows: Prisma.Sql
}>

/**
 * A viewer's request to read one row of a source. Requests of different viewers may share a statement. `entryId` is the
 * ID of its audit row and must be unique, because it also maps results to requests.
 */
export type ReadRequest = Readonly<{
  source: EncryptedSource
  rowId: string
  viewer: Viewer
  origin: Origin
  entryId: string
}>

/**
 * The result of a request. `empty`: the viewer's own row has no encrypted value. `unrecorded`: the audit row is missing
 * although no error occurred, so nothing is returned.
 */
export type ReadGrant =
  | Readonly<{ kind: 'granted'; sealed: string; bookingId: string }>
  | Readonly<{ kind: 'empty' }>
  | Readonly<{ kind: 'unrecorded' }>
  | Readonly<{ kind: 'not_found' }>
  | Readonly<{ kind: 'forbidden' }>

type FoundRow = {
  entryId: string
  bookingId: string
  isOwn: boolean
  mayBeKnown: boolean
  isEmpty: boolean
  isLogged: boolean
  sealed: string | null
}

/** Timeouts in milliseconds if the log is locked. Then nothing is returned, and the connection is released. */
const timeouts = { lockMs: 3_000, statementMs: 5_000 }

/**
 * Reads encrypted values and records the reads in one transaction, with one statement per source: when this returns,
 * the audit rows have committed. The SQL itself returns a ciphertext only to the owner of its row, in person, and only
 * with its audit row. Requests for existing rows of others are refused and the refusal recorded; so are all requests of
 * API tokens, whoever owns them.
 *
 * Returns one grant per request, in order. Throws AuditUnavailableError, with nothing read, when the log can't be
 * written.
 */
export async function auditedRead(database: Database, requests: readonly ReadRequest[]): Promise<ReadGrant[]> {
  const rows = await commit(database, [...Map.groupBy(requests, ({ source }) => source)])
  const found = new Map(rows.map((row) => [row.entryId, row]))
  return requests.map(({ entryId }) => grantOf(found.get(entryId)))
}

async function commit(
  database: Database,
  readings: readonly (readonly [EncryptedSource, readonly ReadRequest[]])[],
): Promise<FoundRow[]> {
  try {
    // A separate statement first: a lock on the log is already waited for when a statement is planned.
    const limits = database.$executeRaw`
      SELECT set_config('lock_timeout', ${String(timeouts.lockMs)}, true),
        set_config('statement_timeout', ${String(timeouts.statementMs)}, true)`
    const [, ...rows] = await database.$transaction([
      limits,
      ...readings.map(([source, requests]) => readAndRecord(database, source, requests)),
    ])
    return rows.flat()
  } catch (error) {
    throw new AuditUnavailableError({ cause: error })
  }
}

function grantOf(row: FoundRow | undefined): ReadGrant {
  // To another pastor, somebody else's row looks as if it didn't exist.
  if (!row) return { kind: 'not_found' }
  if (row.isOwn && row.isEmpty) return { kind: 'empty' }
  // Fail closed: a rule or trigger may drop a row without an error. Without a row in the log, return nothing.
  if (!row.isLogged) return { kind: 'unrecorded' }
  if (row.isOwn && row.sealed !== null) return { kind: 'granted', sealed: row.sealed, bookingId: row.bookingId }
  return { kind: row.mayBeKnown ? 'forbidden' : 'not_found' }
}

function readAndRecord(database: Database, source: EncryptedSource, requests: readonly ReadRequest[]) {
  return database.$queryRaw<FoundRow[]>`
    WITH asked AS (
      SELECT * FROM UNNEST(
        ${requests.map(({ entryId }) => entryId)}::uuid[],
        ${requests.map(({ rowId }) => rowId)}::uuid[],
        ${requests.map(({ viewer }) => viewer.userId)}::uuid[],
        ${requests.map(({ viewer }) => viewer.role === 'admin')}::boolean[],
        ${requests.map(({ viewer }) => viewer.kind === 'person')}::boolean[],
        ${requests.map(({ viewer }) => (viewer.kind === 'token' ? viewer.tokenId : null))}::text[],
        ${requests.map(({ origin }) => origin.ipAddress)}::text[],
        ${requests.map(({ origin }) => origin.userAgent)}::text[]
      ) AS a ("entryId", "rowId", "viewerId", "isAdmin", "isPerson", "tokenId", "ipAddress", "userAgent")
    ), found AS MATERIALIZED (
      SELECT a.*, r."bookingId", r."ownerId" = a."viewerId" AND "isPerson" AS "isOwn",
        r."ownerId" = a."viewerId" OR "isAdmin" AS "mayBeKnown", r.sealed
      FROM asked a JOIN (${source.rows}) r ON r.id = a."rowId"
    ), logged AS (
      INSERT INTO audit_logs
        (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)
      SELECT "entryId", "viewerId", "bookingId",
        CASE WHEN "isOwn" THEN ${source.readAction} ELSE ${source.deniedAction} END,
        ${source.resource}, "rowId"::text, "ipAddress"::inet, "userAgent",
        CASE
          WHEN "isOwn" THEN jsonb_build_object('sealedDigest', encode(sha256(convert_to(sealed, 'UTF8')), 'hex'))
          ELSE jsonb_strip_nulls(jsonb_build_object(
            'reason', CASE WHEN "mayBeKnown" THEN 'forbidden' ELSE 'not_owner' END, 'tokenId', "tokenId"))
        END
      FROM found
      WHERE NOT ("isOwn" AND sealed IS NULL)
      RETURNING id
    )
    SELECT "entryId", "bookingId", "isOwn", "mayBeKnown", sealed IS NULL AS "isEmpty", "isLogged",
      CASE WHEN "isOwn" AND "isLogged" THEN sealed END AS sealed
    FROM (
      -- Not a join: PostgreSQL can't know how many rows these are, and would compare each with each.
      SELECT *, "entryId" IN (SELECT id FROM logged) AS "isLogged" FROM found
    ) AS answered`
}

/**
 * Joins a booking's child table to the owner by the booking's key. OFFSET prevents PostgreSQL from searching every
 * partition before it has the key.
 */
export const joinOwner = Prisma.sql`
  JOIN booking_keys k ON k.id = t."bookingId"
  JOIN LATERAL (SELECT "userId" FROM bookings WHERE id = k.id AND "startTime" = k."startTime" OFFSET 0) b ON true`
