import { createServer } from 'node:net'
import { expect, inject, test } from 'vitest'
import { asSuperuser } from '../../../test/support/database.ts'
import { checkDatabase } from './check.ts'

const right = () => new URL(inject('postgres').superuserUrl)

async function refusalOf(url: URL): Promise<string> {
  const error: unknown = await checkDatabase({ url: url.href }).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'CONFIGURATION' })
  const message = error instanceof Error ? error.message : ''
  expect(message).not.toMatch(/\n/)
  expect(message).not.toContain(url.password)
  return message
}

test('a reachable database passes', async () => {
  await checkDatabase({ url: right().href })
})

test('reports a wrong password', async () => {
  const url = right()
  url.password = 'geheim'
  expect(await refusalOf(url)).toMatch(
    /^The database server at 127\.0\.0\.1:\d+ of DATABASE_URL refuses user "postgres"\. Check the user and the password\.$/,
  )
})

test('reports a database that does not exist', async () => {
  const url = right()
  url.pathname = '/nowhere'
  expect(await refusalOf(url)).toMatch(/has no database "nowhere"\. Create it, or correct the name\.$/)
})

test('reports a port nobody listens on', async () => {
  const url = right()
  url.port = '1'
  expect(await refusalOf(url)).toBe(
    'The database server at 127.0.0.1:1 of DATABASE_URL refuses connections. Is PostgreSQL running there, and on that port?',
  )
})

test('reports an unknown host', async () => {
  const url = right()
  url.hostname = 'nobody.invalid'
  expect(await refusalOf(url)).toMatch(/^The host nobody\.invalid of DATABASE_URL is unknown\./)
})

test('reports a user without the CONNECT privilege', async () => {
  const url = right()
  await asSuperuser(async (client) => {
    await client.query(`CREATE ROLE stranger LOGIN PASSWORD '${url.password}'`)
    await client.query('CREATE DATABASE closed')
    await client.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
  })
  url.username = 'stranger'
  url.pathname = '/closed'
  expect(await refusalOf(url)).toBe(
    `User "stranger" of DATABASE_URL isn't allowed to connect to database "closed". Grant it access, or use another user.`,
  )
})

test('does not wait for a server with another protocol', async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const url = right()
  url.port = String(typeof address === 'object' ? address?.port : 0)
  expect(await refusalOf(url)).toMatch(/^The database server at 127\.0\.0\.1:\d+ of DATABASE_URL can't be used/)
  other.close()
})

test('reports a server that can only be read', async () => {
  const url = right()
  await asSuperuser((client) => client.query('ALTER ROLE stranger SET default_transaction_read_only = on'))
  url.username = 'stranger'
  url.pathname = '/postgres'
  expect(await refusalOf(url)).toMatch(/^The database server at .* of DATABASE_URL is read-only: it is a standby/)
})
