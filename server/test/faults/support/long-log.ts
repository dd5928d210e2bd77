import type { Client } from 'pg'

type LongLog = Readonly<{ rows: number; months: number; pastorId: string; quietId: string }>

/**
 * Fills an empty database with the log of a busy church since 2023: 100 pastors and 20,000 bookings, each with its
 * entries around its time. Runs as the superuser, without foreign key checks and with the indexes created at the end,
 * because only the resulting log matters. The pastor has every fortieth booking, the quiet one every thousandth.
 * Returns the ID of one of the pastor's bookings.
 */
export async function fillLog(superuser: Client, { rows, months, pastorId, quietId }: LongLog): Promise<string> {
  const bookings = 20_000
  const seconds = (months * 365.25 * 86_400) / 12
  await superuser.query(
    `SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'`,
  )
  for (let month = 0; month < months; month++) {
    const [from, to] = [month, month + 1].map((at) => new Date(Date.UTC(2023, at)).toISOString())
    const name = `audit_logs_y${from?.slice(0, 4)}m${from?.slice(5, 7)}`
    await superuser.query(`CREATE TABLE ${name} PARTITION OF audit_logs FOR VALUES FROM ('${from}') TO ('${to}')`)
  }
  await superuser.query(`
    INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
    SELECT gen_random_uuid(), 'p' || n, 'p', 'c', 'pastor', 'p' || n, 'p' || n, 'l' FROM generate_series(1, 100) AS n`)
  await superuser.query(`
    CREATE TEMP TABLE made AS
    SELECT gen_random_uuid() AS id, n, timestamptz '2023-01-01' + n * interval '1 second' * ${seconds / bookings} AS at,
      CASE WHEN n % 40 = 0 THEN '${pastorId}'::uuid WHEN n % 1000 = 1 THEN '${quietId}'::uuid ELSE (SELECT id FROM users WHERE email = 'p' || (1 + n % 100)) END AS owner
    FROM generate_series(1, ${bookings}) AS n`)
  await superuser.query(`
    INSERT INTO booking_keys (id, "calBookingId", "startTime", "threadId") SELECT id, n, at, id FROM made`)
  await superuser.query(`
    INSERT INTO bookings (id, "calBookingId", "userId", "eventTypeId", title, "startTime", "endTime", duration, status)
    SELECT id, n, owner, 1, 't', at, at, 30, 'confirmed' FROM made`)
  const indexes = await withoutIndexes(superuser)
  await superuser.query(`
    INSERT INTO audit_logs (id, action, resource, "resourceId", metadata, "userId", "bookingId", "createdAt")
    SELECT gen_random_uuid(),
      CASE WHEN entry.n % 5000 = 0 THEN 'settings.changed' WHEN subject.id IS NOT NULL THEN 'token.revoked'
        WHEN account.id IS NOT NULL THEN 'user.changed'
        ELSE (ARRAY['summary.read', 'intake.read', 'booking.updated', 'summary.written'])[1 + entry.n % 4] END,
      CASE WHEN subject.id IS NOT NULL THEN 'api_token' WHEN account.id IS NOT NULL THEN 'user' ELSE 'booking' END, account.id,
      CASE WHEN subject.id IS NOT NULL THEN jsonb_build_object('subjectUserId', subject.id) END,
      CASE WHEN of_booking AND entry.n % 4 < 2 THEN made.owner END, CASE WHEN of_booking THEN made.id END,
      timestamptz '2023-01-01' + entry.n * interval '1 second' * ${seconds / rows}
    FROM generate_series(1, ${rows}) AS entry (n)
    CROSS JOIN LATERAL (SELECT CASE entry.n % 10000 WHEN 6 THEN '${pastorId}' WHEN 5006 THEN '${quietId}' END AS id) account
    CROSS JOIN LATERAL (SELECT CASE entry.n % 10000 WHEN 7 THEN '${pastorId}' WHEN 5007 THEN '${quietId}' END AS id) subject
    CROSS JOIN LATERAL (SELECT account.id IS NULL AND subject.id IS NULL AS of_booking) kind
    -- Some entries have no booking.
    LEFT JOIN made ON made.n = 1 + entry.n / ${rows / bookings} + entry.n % 3 * 7 AND entry.n % 9 > 0
    -- In chronological order, as a log is appended.
    ORDER BY entry.n`)
  for (const index of indexes) await superuser.query(index)
  await superuser.query('VACUUM (ANALYZE) audit_logs; ')
  await superuser.query('ANALYZE bookings')
  await superuser.query('ANALYZE booking_keys')
  const { rows: found } = await superuser.query<{ id: string }>(
    `SELECT id FROM made WHERE owner = '${pastorId}' AND n = ${bookings / 2}`,
  )
  return found[0]?.id ?? ''
}

/** Drops the log's indexes, except its primary key. Returns the statements that recreate them. */
async function withoutIndexes(superuser: Client): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = 'audit_logs' AND indexname <> 'audit_logs_pkey'`)
  for (const { name } of rows) await superuser.query(`DROP INDEX ${name}`)
  // Without ONLY, so that each partition gets its index again.
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))
}
