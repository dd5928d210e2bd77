import { Client } from 'pg'
import { newId } from '../../src/platform/ids.ts'
import { buildStatements } from './church.sql.ts'

/** The default number of pastors. */
const usualPastorCount = 200

/** One pastor's meetings per week: as many as the dashboard shows on its first page. */
const meetingsPerWeek = 20

/** A church in the database. */
export type Church = Readonly<{
  bookingCount: number
  /** User IDs. Each has `meetingsPerWeek` bookings in every week of the church. */
  pastorIds: readonly string[]
  /** The Monday of this week, 00:00 UTC, by the database's clock. */
  thisMonday: Date
  /** The number of weeks with bookings, starting with this one. */
  weeksAhead: number
}>

/**
 * Fills a migrated, empty database: each booking has one form response and one summary, and is in its month's
 * partition. Weeks are filled from the past up to four ahead. Encrypted values are text of the right format and a
 * typical length that no key decrypts; `sealSummaries` creates real ones.
 *
 * @param bookings rounded up to whole weeks of every pastor
 */
export async function buildChurch({
  url,
  bookings,
  pastorCount = usualPastorCount,
}: {
  url: string
  bookings: number
  pastorCount?: number
}): Promise<Church> {
  const weeks = Math.ceil(bookings / (pastorCount * meetingsPerWeek))
  const weeksAhead = Math.min(4, Math.ceil(weeks / 2))
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("SET TIME ZONE 'UTC'")
    for (const sql of buildStatements({ pastorCount, meetingsPerWeek, weeks, weeksAhead })) await client.query(sql)
    const { rows } = await client.query<{ pastorIds: string[]; thisMonday: Date }>(
      `SELECT array_agg(id::text ORDER BY id) AS "pastorIds", date_trunc('week', now()) AS "thisMonday" FROM users`,
    )
    const [found] = rows
    if (found === undefined) throw new Error('the church has no pastors')
    return { bookingCount: weeks * pastorCount * meetingsPerWeek, weeksAhead, ...found }
  } finally {
    await client.end()
  }
}

/** Adds an admin who owns no bookings. Returns the admin's ID. */
export async function addAdmin({ url }: { url: string }): Promise<string> {
  const id = newId()
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      `INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
       VALUES ($1, $2, 'Ada Admin', 'St Bench', 'admin', $2, $2, 'https://cal.example')`,
      [id, `${id}@church.example`],
    )
    return id
  } finally {
    await client.end()
  }
}
