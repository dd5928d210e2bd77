/**
 * The minimal webhook receiver: bare node:http, and one upsert in its own transaction through `pg`. It checks no
 * signature, encrypts nothing and notifies nobody. A program; see ../support/programs.ts.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { Pool } from 'pg'
import { z } from 'zod'

const { PORT, DATABASE_URL, DATABASE_POOL_SIZE } = process.env

const pool = new Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_SIZE) })

await pool.query(`
  CREATE TABLE IF NOT EXISTS bench_bookings (
    uid text PRIMARY KEY, cal_id integer NOT NULL, owner text NOT NULL, title text NOT NULL, starts timestamptz NOT NULL,
    ends timestamptz NOT NULL, status text NOT NULL, body jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now())`)

const upsert = `
  INSERT INTO bench_bookings (uid, cal_id, owner, title, starts, ends, status, body)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (uid) DO UPDATE SET cal_id = excluded.cal_id, owner = excluded.owner, title = excluded.title,
    starts = excluded.starts, ends = excluded.ends, status = excluded.status, body = excluded.body, updated_at = now()`

const webhookSchema = z.object({
  payload: z.object({
    uid: z.string(),
    bookingId: z.int(),
    title: z.string(),
    startTime: z.string(),
    endTime: z.string(),
    status: z.string(),
    organizer: z.object({ username: z.string() }),
  }),
})

async function receive(request: IncomingMessage): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('utf8')
  const { payload } = webhookSchema.parse(JSON.parse(body))
  const { uid, bookingId, organizer, title, startTime, endTime, status } = payload
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const values = [uid, bookingId, organizer.username, title, startTime, endTime, status, body]
    await client.query({ name: 'upsert', text: upsert, values })
    await client.query('COMMIT')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') return void response.end()
  receive(request).then(
    () => response.setHeader('content-type', 'application/json').end('{"ok":true}'),
    (error: unknown) => {
      console.error(error)
      response.writeHead(500).end()
    },
  )
})

server.listen(Number(PORT), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => void pool.end())
  server.closeAllConnections()
})
