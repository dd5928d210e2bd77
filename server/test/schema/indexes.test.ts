import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdsPeople } from '../../src/features/retention/bookings.reads.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { readCatalog } from './catalog.ts'
import { readSchemaDocument } from './document.ts'

/** The indexes beyond docs/schema.md, each with the query it serves. Sorted by table and name. */
const purposes: Record<string, string> = {
  // Bookings past their retention, oldest first.
  idx_bookings_sealed_start_time: `SELECT id FROM bookings
    WHERE "encryptedIntakeData" IS NOT NULL AND "startTime" < '2024-02-01' ORDER BY "startTime" LIMIT 200`,
  // Bookings that retention hasn't emptied yet, oldest first. The predicate is that of
  // features/retention/bookings.reads.ts.
  idx_bookings_people_start_time: `SELECT id FROM bookings WHERE ${holdsPeople.sql} AND "startTime" < '2024-02-01'
    ORDER BY "startTime" LIMIT 200`,
  // The one active configuration of a scope; exists for the constraint.
  ai_configurations_active_key: `SELECT id FROM ai_configurations WHERE "isActive" AND "userId" = '${uuid(1)}'`,
  // A pastor's title for an event type, read with each booking; unique, so that two concurrent first bookings create
  // one.
  idx_event_types_user_id_event_type_id: `SELECT title FROM event_types
    WHERE "userId" = '${uuid(1)}' AND "eventTypeId" = 1`,
  // Foreign keys: a pastor's ratings of briefs and consents to configurations.
  idx_ai_consents_user_id: `SELECT "configurationId" FROM ai_consents WHERE "userId" = '${uuid(1)}'`,
  idx_summary_feedback_booking_id: `SELECT verdict FROM summary_feedback WHERE "bookingId" = '${uuid(2)}'`,
  idx_summary_feedback_user_id: `SELECT verdict FROM summary_feedback WHERE "userId" = '${uuid(1)}'`,
  // A user by an organizer's address or username in any case; unique, so that no two users differ only in case.
  idx_users_lower_email: `SELECT id FROM users WHERE lower(email) = 'anna@church.example'`,
  idx_users_lower_scheduling_username: `SELECT id FROM users WHERE lower("schedulingUsername") = 'anna-berg'`,
  // One pastor's weeks, page by page.
  idx_bookings_user_id_start_time: `SELECT * FROM bookings WHERE "userId" = '${uuid(1)}'
    AND "startTime" >= '2024-03-04' AND "startTime" < '2024-03-11' ORDER BY "startTime", id LIMIT 20`,
  // The active form of an arriving booking.
  idx_forms_active_user_id_event_type_id: `SELECT schema FROM forms WHERE "userId" = '${uuid(1)}' AND "eventTypeId" = 7 AND "isActive"`,
  // The responses to one form, newest first.
  idx_form_responses_form_id_created_at: `SELECT id FROM form_responses WHERE "formId" = '${uuid(3)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // The active policy; unique, so that there is at most one.
  idx_scheduling_policies_active_user_id: `SELECT * FROM scheduling_policies WHERE "userId" = '${uuid(1)}' AND "isActive"`,
  // Failed jobs, newest first.
  idx_worker_jobs_status_created_at: `SELECT * FROM worker_jobs WHERE status = 'failed'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // Cal.com's deliveries, newest first.
  idx_webhook_deliveries_received_at: `SELECT id FROM webhook_deliveries ORDER BY "receivedAt" DESC, id DESC LIMIT 20`,
  // Summaries by how they were written: the filters of contextSummaries (test/api/summary-filters.test.ts).
  idx_context_summaries_metadata: `SELECT id FROM context_summaries WHERE metadata @> '{"method": "ai-generated"}'`,
  // All summaries, newest first, after a cursor.
  idx_context_summaries_created_at_id: `SELECT * FROM context_summaries WHERE ("createdAt", id) < ('2024-03-11', '${uuid(2)}')
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // The log, newest first, after a cursor.
  idx_audit_logs_created_at_id: `SELECT * FROM audit_logs WHERE ("createdAt", id) < ('2024-03-11', '${uuid(2)}')
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // One person's actions.
  idx_audit_logs_user_id_created_at: `SELECT * FROM audit_logs WHERE "userId" = '${uuid(1)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // All actions of one kind.
  idx_audit_logs_action_created_at: `SELECT * FROM audit_logs WHERE action = 'intake.read'
    AND "createdAt" >= '2024-03-01' AND "createdAt" < '2024-04-01' ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // One person's actions of one kind.
  idx_audit_logs_user_id_action_created_at: `SELECT * FROM audit_logs
    WHERE "userId" = '${uuid(1)}' AND action = 'summary.read' ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // Who opened one booking.
  idx_audit_logs_booking_id_created_at: `SELECT * FROM audit_logs WHERE "bookingId" = '${uuid(1)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // What was done to one account.
  idx_audit_logs_account_created_at: `SELECT * FROM audit_logs WHERE resource = 'user' AND "resourceId" = '${uuid(1)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // What was done to one person's sessions, tokens and endpoints.
  idx_audit_logs_subject_created_at: `SELECT * FROM audit_logs WHERE metadata ->> 'subjectUserId' = '${uuid(1)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  // Pending jobs, earliest first.
  idx_worker_jobs_status_scheduled_for: `SELECT * FROM worker_jobs WHERE status = 'pending' AND "scheduledFor" <= '2024-03-11'
    ORDER BY "scheduledFor" LIMIT 20`,
  // The open summary jobs of one booking.
  idx_worker_jobs_open_summaries: `SELECT FROM worker_jobs WHERE "jobType" = 'generate-summary' AND status = 'pending'
    AND attempts = 0 AND payload->>'bookingId' = '${uuid(1)}'`,
  idx_booking_keys_thread_id: `SELECT id FROM booking_keys WHERE "threadId" = '${uuid(1)}'`,
  idx_booking_keys_ical_uid: `SELECT id FROM booking_keys WHERE "iCalUid" = 'x'`,
  idx_booking_keys_rescheduled_from_uid: `SELECT id FROM booking_keys WHERE "rescheduledFromUid" = 'x'`,
  idx_sessions_user_id: `DELETE FROM sessions WHERE "userId" = '${uuid(1)}'`,
  idx_sessions_expires_at: `DELETE FROM sessions WHERE "expiresAt" < '2024-03-11'`,
  idx_api_tokens_user_id: `SELECT * FROM api_tokens WHERE "userId" = '${uuid(1)}'`,
  idx_mail_links_user_id: `UPDATE mail_links SET "usedAt" = now() WHERE "userId" = '${uuid(1)}' AND "usedAt" IS NULL`,
  idx_webhook_deliveries_cal_booking_uid: `SELECT * FROM webhook_deliveries WHERE "calBookingUid" = 'x'`,
  idx_webhook_deliveries_outcome_received_at: `SELECT * FROM webhook_deliveries WHERE outcome = 'unknown_organizer'
    ORDER BY "receivedAt" DESC LIMIT 20`,
  idx_webhook_deliveries_user_id: `SELECT * FROM webhook_deliveries WHERE "userId" = '${uuid(1)}'`,
  idx_webhook_deliveries_booking_id: `SELECT * FROM webhook_deliveries WHERE "bookingId" = '${uuid(1)}'`,
  idx_webhook_endpoints_user_id: `SELECT * FROM webhook_endpoints WHERE "userId" = '${uuid(1)}'`,
  // The delivery log of an endpoint, newest first.
  idx_webhook_messages_endpoint_id_created_at: `SELECT * FROM webhook_messages WHERE "endpointId" = '${uuid(1)}'
    ORDER BY "createdAt" DESC, id DESC LIMIT 20`,
  idx_webhook_messages_created_at: `DELETE FROM webhook_messages WHERE "createdAt" < '2024-03-11'`,
  idx_booking_changes_created_at: `DELETE FROM booking_changes WHERE "createdAt" < '2024-03-11'`,
}

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 1 })
  await fillTables()
})
afterAll(() => fresh.close())

test('every index beyond the document has its purpose named here', async () => {
  const documented = readSchemaDocument().tables.flatMap(({ indexes }) => indexes.map(({ name }) => name))
  const { indexes, constraints } = await readCatalog(fresh.url)
  const ofConstraints = constraints.map(({ name }) => name)
  const undocumented = indexes
    .map(({ name }) => name)
    .filter((name) => ![...documented, ...ofConstraints].includes(name))
  expect(undocumented.toSorted()).toEqual(Object.keys(purposes).toSorted())
})

test.each(Object.entries(purposes))('%s serves its query', async (name, sql) => {
  const plan = await explain(sql)
  expect(await indexesIn(plan)).toContain(name)
  // An index that provides the order makes sorting unnecessary.
  if (sql.includes('ORDER BY')) expect(plan).not.toContain('"Sort"')
})

test('counting a week per status needs only the index', async () => {
  const plan = await explain(`SELECT status, count(*) FROM bookings WHERE "userId" = '${uuid(1)}'
    AND "startTime" >= '2024-03-04' AND "startTime" < '2024-03-11' GROUP BY status`)
  expect(plan).toContain('"Index Only Scan"')
  expect(await indexesIn(plan)).toContain('idx_bookings_user_id_start_time')
})

test('every foreign key has an index that starts with it', async () => {
  const { constraints, indexes } = await readCatalog(fresh.url)
  const keys = constraints.filter(({ kind }) => kind === 'f')
  expect(keys.length).toBeGreaterThan(14)
  const unindexed = keys.filter(
    ({ table, columns }) => !indexes.some((index) => index.table === table && index.columns[0] === columns[0]),
  )
  expect(unindexed).toEqual([])
})

function uuid(number: number): string {
  return `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

/**
 * The plan as JSON, without plan types that win on few rows and lose on many: sequential scans, and (except for GIN,
 * which supports nothing else) bitmap scans.
 */
async function explain(sql: string): Promise<string> {
  return fresh.database.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL enable_seqscan = off`
    if (!sql.includes('@>')) await tx.$executeRaw`SET LOCAL enable_bitmapscan = off`
    const rows = await tx.$queryRawUnsafe<{ 'QUERY PLAN': unknown }[]>(`EXPLAIN (FORMAT JSON) ${sql}`)
    return JSON.stringify(rows[0]?.['QUERY PLAN'])
  })
}

/** The names of the indexes a plan uses; a partition's index under the name of its parent index. */
async function indexesIn(plan: string): Promise<string[]> {
  const used = [...plan.matchAll(/"Index Name":"([^"]+)"/g)].map(([, name = '']) => name)
  const rows = await fresh.database.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT coalesce(parent.relname, own.relname)::text AS name
    FROM pg_class own
    LEFT JOIN pg_inherits i ON i.inhrelid = own.oid
    LEFT JOIN pg_class parent ON parent.oid = i.inhparent
    WHERE own.relname = ANY(${used})`
  return rows.map(({ name }) => name)
}

/** Enough rows, with a realistic distribution, for the planner to prefer one index over another. */
async function fillTables(): Promise<void> {
  const { database } = fresh
  // 7,919 is prime: bookings arrive in a different order than they take place.
  const at = `timestamptz '2024-03-01' + (n * 7919 % 12000) * interval '8 minutes'`
  await database.$executeRawUnsafe(`
    INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
    SELECT lpad(n::text, 32, '0')::uuid, 'p' || n, 'p', 'c', 'pastor', n, n, 'l' FROM generate_series(1, 100) n`)
  await database.$executeRawUnsafe(`UPDATE users SET id = '${uuid(1)}' WHERE "calUserId" = '1'`)
  await database.$executeRawUnsafe(`
    INSERT INTO event_types (id, "userId", "eventTypeId", title)
    SELECT gen_random_uuid(), users.id, n, 'Talk' FROM users, generate_series(1, 20) n`)
  // The first of each month goes into DEFAULT and creates its partition; the others go directly there.
  for (const chosen of ['n % 3000 = 1', 'n % 3000 <> 1']) {
    await database.$executeRawUnsafe(`
      WITH booked AS (
        INSERT INTO bookings (id, "calBookingId", "userId", "eventTypeId", title, "startTime", "endTime", duration, status)
        SELECT gen_random_uuid(), n, u.id, 1, 't', ${at}, ${at}, 20, (ARRAY['pending', 'confirmed']::"BookingStatus"[])[n % 2 + 1]
        FROM generate_series(1, 12000) n JOIN users u ON u."calUserId" = (n % 100 + 1)::text
        WHERE ${chosen}
        RETURNING *
      ), logged AS (
        INSERT INTO audit_logs (id, "userId", "bookingId", action, resource, "createdAt")
        SELECT gen_random_uuid(), "userId", id,
          (ARRAY['summary.read', 'summary.read_denied', 'intake.read', 'booking.created', 'booking.updated'])[1 + "calBookingId" / 7 % 5],
          'context_summary', "startTime"
        FROM booked
      )
      INSERT INTO context_summaries (id, "bookingId", "encryptedSummary", metadata, "createdAt")
      SELECT gen_random_uuid(), id, 's',
        jsonb_build_object('method', CASE WHEN "calBookingId" % 100 = 0 THEN 'ai-generated' ELSE 'rule-based' END), "startTime"
      FROM booked`)
    await database.$executeRawUnsafe('SELECT make_partitions(0)')
  }
  await database.$executeRawUnsafe(`
    INSERT INTO forms (id, "userId", name, "eventTypeId", schema, "isActive")
    SELECT gen_random_uuid(), u.id, 'f', n, '{}', n % 3 = 0 FROM users u, generate_series(1, 30) n`)
  await database.$executeRawUnsafe(`
    INSERT INTO worker_jobs (id, "jobType", status, payload, "scheduledFor")
    SELECT gen_random_uuid(), 'send-reminder', (ARRAY['pending', 'completed']::"JobStatus"[])[(n % 10 > 0)::int + 1], '{}', ${at}
    FROM generate_series(1, 12000) n`)
  await database.$executeRawUnsafe(`
    INSERT INTO worker_jobs (id, "jobType", status, payload)
    SELECT gen_random_uuid(), 'generate-summary', 'pending', jsonb_build_object('bookingId', gen_random_uuid())
    FROM generate_series(1, 2000) n`)
  await database.$executeRawUnsafe(`
    INSERT INTO webhook_deliveries (id, digest, trigger, outcome, "receivedAt", "calBookingUid", "userId", "bookingId")
    SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), 'BOOKING_CREATED',
      (ARRAY['unknown_organizer', 'applied'])[(n % 20 > 0)::int + 1], ${at}, 'u' || n, gen_random_uuid(), gen_random_uuid()
    FROM generate_series(1, 3000) n`)
  await database.$executeRawUnsafe(`
    INSERT INTO sessions (id, "userId", "expiresAt")
    SELECT encode(sha256(n::text::bytea), 'hex'), u.id, ${at} + interval '1 year'
    FROM generate_series(1, 1000) n JOIN users u ON u."calUserId" = (n % 50 + 1)::text`)
  await database.$executeRawUnsafe('VACUUM ANALYZE')
}
