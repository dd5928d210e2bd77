/**
 * The minimal server for the dashboard query on the same tables: one SQL statement that returns JSON text, behind bare
 * node:http. No rules, sign-in or GraphQL. A program; see ../support/programs.ts.
 */
import { createServer } from 'node:http'
import { Pool } from 'pg'
import { floorStatements } from '../dashboard-query.ts'

const { PORT, DATABASE_URL, DATABASE_POOL_SIZE } = process.env

const pool = new Pool({
  connectionString: DATABASE_URL,
  max: Number(DATABASE_POOL_SIZE),
  options: '-c TimeZone=UTC',
})

async function answer(url: URL): Promise<string> {
  const { pathname, searchParams } = url
  const text = floorStatements.get(pathname.slice(1))
  if (text === undefined) return '{}'
  const values = ['owner', 'from', 'to'].map((name) => searchParams.get(name))
  const { rows } = await pool.query<{ answer: string }>({ name: pathname, text, values })
  return rows[0]?.answer ?? ''
}

const server = createServer((request, response) => {
  answer(new URL(request.url ?? '/', 'http://127.0.0.1')).then(
    (body) => response.setHeader('content-type', 'application/json').end(body),
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
