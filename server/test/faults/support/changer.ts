/**
 * Changes bookings until killed, as one of several such processes: each change in its own transaction, one in five
 * rolled back, so that numbers are assigned to changes that never commit. Waits if the database is unavailable. A
 * program.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'

const { DATABASE_URL } = process.env
const kinds = ['updated', 'summary_ready', 'rescheduled', 'cancelled', 'created']

let isOver = false
process.once('SIGTERM', () => {
  isOver = true
})

const anyOf = <T>(items: readonly T[]): T | undefined => items[Math.floor(Math.random() * items.length)]

async function changeBookings(client: Client): Promise<void> {
  const { rows } = await client.query<{ id: string; userId: string }>('SELECT id, "userId" FROM bookings')
  while (!isOver) {
    const booking = anyOf(rows)
    if (booking === undefined) throw new Error('there are no bookings')
    await client.query('BEGIN')
    await client.query('SELECT append_booking_change($1, $2, $3)', [booking.userId, booking.id, anyOf(kinds)])
    await client.query(Math.random() < 0.2 ? 'ROLLBACK' : 'COMMIT')
    await wait(Math.random() * 20)
  }
}

while (!isOver) {
  const client = new Client({ connectionString: DATABASE_URL, application_name: 'changer' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await changeBookings(client)
  } catch {
    await wait(100)
  } finally {
    await client.end().catch(() => undefined)
  }
}
