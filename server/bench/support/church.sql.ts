/** A key that no vault has. */
const sealedPrefix = 'v1.0123456789abcdef.'

type Size = Readonly<{ pastorCount: number; meetingsPerWeek: number; weeks: number; weeksAhead: number }>

/**
 * The statements that fill a church, to be run in order in one session in UTC. Set-based: a hundred thousand bookings
 * take about ten seconds. The numbers in `size` are inlined; they come from the program itself.
 */
export function buildStatements({ pastorCount, meetingsPerWeek, weeks, weeksAhead }: Size): string[] {
  return [
    ...helpers,
    `INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
     SELECT pg_temp.id_of('epoch', n, '8'), 'pastor' || n || '@church.example', 'Pastor ' || n, 'St Bench', 'pastor',
       n::text, 'pastor' || n, 'https://cal.example/pastor' || n
     FROM generate_series(1, ${pastorCount}) AS n`,
    `INSERT INTO forms (id, "userId", name, "eventTypeId", schema)
     SELECT pg_temp.id_of('epoch', n, '9'), pg_temp.id_of('epoch', n, '8'), 'Before we meet', n,
       '{"version": 1, "fields": [{"slug": "why", "label": "What brings you here?", "type": "textarea"}]}'
     FROM generate_series(1, ${pastorCount}) AS n`,
    // Pastors alternate, because bookings of many pastors arrive mixed: one pastor's week spans many pages.
    `CREATE TEMP TABLE planned AS
     SELECT n, pastor, starts, least(now(), starts - interval '10 days') AS arrived,
       CASE WHEN n % 10 = 3 THEN 'High' WHEN n % 10 = 7 THEN 'Low' ELSE 'Medium' END::"Sensitivity" AS sensitivity,
       CASE
         WHEN n % 10 = 0 THEN 'cancelled'
         WHEN starts < now() THEN CASE WHEN n % 20 = 5 THEN 'no_show' ELSE 'completed' END
         WHEN n % 10 = 5 THEN 'pending'
         ELSE 'confirmed'
       END::"BookingStatus" AS status
     FROM (
       SELECT n, 1 + (n - 1) % ${pastorCount} AS pastor,
         date_trunc('week', now()) + make_interval(
           weeks => week - ${weeks - weeksAhead}, days => slot / 4, hours => 9 + slot % 4 * 2) AS starts
       FROM (
         SELECT n, (n - 1) / ${pastorCount * meetingsPerWeek} AS week,
           (n - 1) / ${pastorCount} % ${meetingsPerWeek} AS slot
         FROM generate_series(1, ${weeks * pastorCount * meetingsPerWeek}) AS n
       ) AS turn
     ) AS placed`,
    'ANALYZE planned',
    ...['bookings', 'context_summaries', 'audit_logs'].map(makePastPartitions),
    // The trigger would write each key separately; here they are written at once, with the same rows.
    'ALTER TABLE bookings DISABLE TRIGGER bookings_keep_key',
    `INSERT INTO booking_keys (id, "calBookingId", "calBookingUid", "startTime", "threadId")
     SELECT pg_temp.id_of(arrived, n, 'a'), n, 'bench' || n, starts, pg_temp.id_of(arrived, n, 'a') FROM planned`,
    insertBookings,
    'ALTER TABLE bookings ENABLE TRIGGER bookings_keep_key',
    `INSERT INTO form_responses (id, "formId", "bookingId", "encryptedData", "redactedData", "createdAt")
     SELECT pg_temp.id_of(arrived, n, '9'), pg_temp.id_of('epoch', pastor, '9'), pg_temp.id_of(arrived, n, 'a'),
       '${sealedPrefix}' || answers, '{"answeredCount": 3}', arrived
     FROM planned JOIN sealed ON sample = n % 500`,
    insertSummaries,
    'DROP TABLE planned',
    'VACUUM (FREEZE, ANALYZE)',
  ]
}

const helpers = [
  // UUIDv7 by hand: the time, then a unique part. The variant digit differs by table.
  `CREATE FUNCTION pg_temp.id_of(born timestamptz, n bigint, variant text) RETURNS uuid LANGUAGE sql AS $$
     SELECT (lpad(to_hex((extract(epoch FROM born) * 1000)::bigint), 12, '0') || '7000' || variant
       || lpad(to_hex(n), 15, '0'))::uuid
   $$`,
  `CREATE FUNCTION pg_temp.iso(moment timestamptz) RETURNS text LANGUAGE sql AS $$
     SELECT to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
   $$`,
  // As long as the ciphertexts of a typical intake, form response and summary. Texts this short aren't compressed, so
  // repetition among them doesn't matter.
  `CREATE TEMP TABLE sealed AS
   SELECT sample, rtrim(translate(encode(substring(bytes FROM 1 FOR 620), 'base64'), E'+/\\n', '-_'), '=') AS intake,
     rtrim(translate(encode(substring(bytes FROM 1 FOR 420), 'base64'), E'+/\\n', '-_'), '=') AS answers,
     rtrim(translate(encode(substring(bytes FROM 1 FOR 300), 'base64'), E'+/\\n', '-_'), '=') AS summary
   FROM (
     SELECT sample, string_agg(sha512(convert_to(sample || '.' || block, 'UTF8')), ''::bytea) AS bytes
     FROM generate_series(0, 499) AS sample, generate_series(1, 10) AS block
     GROUP BY sample
   ) AS random`,
  'ANALYZE sealed',
]

/** The migration creates months from this one on; a church also has past ones. */
function makePastPartitions(table: string): string {
  return `SELECT make_partition('${table}', month_partition_name('${table}', month), format(
      'FOR VALUES FROM (%L) TO (%L)', month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'))
    FROM (
      SELECT generate_series(
        date_trunc('month', min(arrived)), date_trunc('month', max(starts)), interval '1 month')::timestamp AS month
      FROM planned
    ) AS months
    WHERE to_regclass(month_partition_name('${table}', month)) IS NULL`
}

const insertBookings = `
  INSERT INTO bookings (
    id, "calBookingId", "calBookingUid", "userId", "eventTypeId", "eventTypeTitle", "eventTypeSlug", title, description,
    "startTime", "endTime", "timeZone", duration, location, attendees, "attendeeEmails", "attendeeNames", sensitivity,
    "encryptedIntakeData", "redactedDescription", metadata, status, "createdAt", "updatedAt")
  SELECT pg_temp.id_of(arrived, n, 'a'), n, 'bench' || n, pg_temp.id_of('epoch', pastor, '8'), pastor,
    'Pastoral care', 'pastoral-care',
    CASE WHEN sensitivity = 'High' THEN 'Pastoral care' ELSE 'Pastoral care between Pastor ' || pastor || ' and Guest ' || n END,
    CASE WHEN sensitivity <> 'High' THEN 'A quiet hour to talk about what is on your mind.' END,
    starts, starts + interval '45 minutes', 'Europe/London', 45, 'In person',
    CASE WHEN sensitivity <> 'High' THEN jsonb_build_array(jsonb_build_object(
      'name', 'Guest ' || n, 'email', 'guest' || n || '@example.org', 'timeZone', 'Europe/London')) END,
    CASE WHEN sensitivity <> 'High' THEN jsonb_build_array('guest' || n || '@example.org') END,
    CASE WHEN sensitivity <> 'High' THEN jsonb_build_array('Guest ' || n) END,
    sensitivity, '${sealedPrefix}' || intake,
    CASE WHEN sensitivity = 'High' THEN 'Private appointment' ELSE 'Pastoral care, 45 minutes' END,
    '{"attendeeCount": 1, "hasIntake": true, "organizerTimeZone": "Europe/London"}', status, arrived, arrived
  FROM planned JOIN sealed ON sample = n % 500`

const insertSummaries = `
  INSERT INTO context_summaries (id, "bookingId", "encryptedSummary", metadata, "expiresAt", "createdAt")
  SELECT pg_temp.id_of(arrived, n, 'b'), pg_temp.id_of(arrived, n, 'a'), '${sealedPrefix}' || summary,
    jsonb_build_object(
      'topic', CASE WHEN sensitivity = 'High' THEN 'Private' ELSE 'Pastoral care' END,
      'participants', CASE WHEN sensitivity = 'High' THEN '[]'::jsonb ELSE jsonb_build_array('Guest ' || n) END,
      'sensitivity', sensitivity, 'location', 'In person', 'when', pg_temp.iso(starts), 'duration', 45,
      'plainText', 'Pastoral care with one person, 45 minutes, in person.', 'generatedAt', pg_temp.iso(arrived),
      'method', 'rule-based'),
    starts + interval '90 days', arrived
  FROM planned JOIN sealed ON sample = n % 500`
