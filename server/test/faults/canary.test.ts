import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  bookingWebhook,
  cancellationWebhook,
  meetingWebhook,
  rejectionWebhook,
  type SimulatedBooking,
} from '../../src/commands/simulate/payloads.ts'
import { createDatabase, type OpenDatabase } from '../../src/platform/database/client.ts'
import { bookingNumber, pastorAnna, pastorTomas } from '../support/cal.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { type Canary, canaryOf, type Find, findIn, randomNumber, randomWord } from './support/canaries.ts'
import { createUserByCommand, type EntryPoints, openEntryPoints } from './support/entry-points.ts'
import { furtherFields } from './support/further-fields.ts'
import { useLaterEntryPoints } from './support/later-entry-points.ts'
import { bytesUnder, searchFiles, searchTables, statementsSeen } from './support/leftovers.ts'
import { type Node, startNode } from './support/node.ts'
import { settled } from './support/parish.ts'

/** Must not appear anywhere. The suffix names the entry point: `…notes`, `…badcursor`. */
const word = randomWord()
const phone = randomNumber()
/** The people of a booking of Medium sensitivity, which may appear in these columns in plaintext. */
const [firstName, lastName, agent] = [randomWord(), randomWord(), randomWord()]
const peopleColumns = ['title', 'attendees', 'attendeeNames', 'attendeeEmails'].map((column) => `bookings.${column}`)

const encryptionKey = `${word}masterkey`.padEnd(32, 'x').slice(0, 32)
const churchSecret = `${word}churchsecret-of-the-webhooks`
const ownSecret = `${word}ownsecret-of-tomas`
const password = `${word}password-of-tomas`
const adminEmail = 'ada@church.example'

const forbidden: Canary[] = [canaryOf('sealed', word), canaryOf('phone', phone)]
const allowed: Canary[] = [
  canaryOf('first name', firstName, [...peopleColumns, 'context_summaries.metadata']),
  canaryOf('last name and address', lastName, peopleColumns),
  // The log records a request's user agent; so do a pending audit entry and the list of one's sessions.
  canaryOf('user agent', agent, ['audit_logs.userAgent', 'audit_bursts.entry', 'sessions.userAgent']),
]

let postgres: BreakablePostgres
let opened: OpenDatabase
let node: Node | undefined
let entryPoints: EntryPoints
let commandSaid: string

beforeAll(async () => {
  postgres = await startBreakablePostgres({ shared_preload_libraries: 'pg_stat_statements' })
  await postgres.asSuperuser((client) => client.query('CREATE EXTENSION pg_stat_statements'))
  opened = createDatabase({ url: postgres.url, applicationName: 'churchhub canary', maxConnections: 2 })
  const env = { DATABASE_URL: postgres.url, ENCRYPTION_KEY: encryptionKey, CALCOM_WEBHOOK_SECRET: churchSecret }
  const { email, name, username } = pastorTomas
  const flags = ['--email', email, '--name', name, '--church', 'Test Church', '--cal-username', username]
  commandSaid = await createUserByCommand(env, [...flags, '--cal-user-id', String(pastorTomas.id)], password)
  const admin = ['--email', adminEmail, '--name', 'Ada', '--church', 'Test Church', '--role', 'admin']
  commandSaid += await createUserByCommand(env, admin, password)
  node = await startNode(postgres.url, { ...env, LOG_LEVEL: 'trace' })
  entryPoints = openEntryPoints(node.url)
})
afterAll(async () => {
  await node?.end('SIGTERM')
  await opened.close()
  await postgres.stop()
})

const people = {
  clear: [{ firstName, lastName, email: `${lastName}@people.example`, timeZone: 'Europe/Berlin' }],
  sealed: [
    { firstName: `${word}first`, lastName: `${word}last`, email: `${word}@people.example`, timeZone: 'Europe/Berlin' },
  ],
}

/** A booking with a canary in every field that an attendee fills in. */
function bookingOf(number: number, given: Partial<SimulatedBooking> = {}): SimulatedBooking {
  return bookingNumber(number, {
    pastor: pastorTomas,
    people: people.clear,
    notes: `I would like to talk about ${word}notes.`,
    answers: [{ slug: 'about', label: 'What is it about?', value: [`${word}answer`, `${word}choice`] }],
    ...given,
  })
}

const rest = furtherFields(word, phone)

async function sendBookings(): Promise<void> {
  const at = new Date('2026-08-20T08:00:00Z')
  const [medium, high, anonymous] = [
    bookingOf(1),
    bookingOf(2, { people: people.sealed, notes: `There was abuse, ${word}highnotes.` }),
    bookingOf(3, {
      people: people.sealed,
      answers: [{ slug: 'anonymous', label: 'Stay anonymous', value: true }, ...bookingOf(3).answers],
    }),
  ]
  for (const booking of [medium, high, anonymous]) {
    const { responses: _responses, ...others } = rest
    // Grave text has to stay where Cal.com puts it.
    const written = booking === medium ? {} : { description: booking.notes, additionalNotes: booking.notes }
    const webhook = bookingWebhook('BOOKING_CREATED', at, booking, { ...others, ...written })
    await entryPoints.deliver('booking', webhook, churchSecret)
  }
  // The same fields in Cal.com's built-in questions.
  await entryPoints.deliver('answers', bookingWebhook('BOOKING_REQUESTED', at, bookingOf(4), rest), churchSecret)
  await entryPoints.deliver('rejection', rejectionWebhook(at, bookingOf(5), `${word}rejection`), churchSecret)
  const cancelled = { reason: `${word}cancellation`, requestReschedule: true }
  await entryPoints.deliver('cancellation', cancellationWebhook(new Date(), medium, cancelled), churchSecret)
  await entryPoints.deliver('meeting', meetingWebhook('MEETING_STARTED', at, high), churchSecret)
  await entryPoints.deliver('own secret', bookingWebhook('BOOKING_CREATED', at, bookingOf(6)), ownSecret)
  const stranger = { ...pastorAnna, id: 999, username: 'nobody-here', email: 'nobody@church.example' }
  const homeless = bookingOf(7, { pastor: stranger, people: people.sealed })
  await entryPoints.deliver('unknown organizer', bookingWebhook('BOOKING_CREATED', at, homeless, rest), churchSecret)
}

async function sendMalformedWebhooks(): Promise<void> {
  const broken = [
    `{"triggerEvent": "BOOKING_CREATED", "payload": {"notes": "${word}unparseable`,
    `{"triggerEvent": "${word} is no trigger", "payload": {"notes": "${word}"}}`,
    `{"triggerEvent": "RECORDING_READY", "payload": {"downloadLink": "https://v.example/${word}recording"}}`,
    `{"triggerEvent": "BOOKING_CREATED", "payload": {"uid": ["${word}"], "notes": {"${word}": "${word}"}}}`,
    `{"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "uid-8", "startTime": "${word}starttime", "organizer": "${word}"}}`,
    `{"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "payload": {"bookingUid": "uid-1", "message": "${word}", "attendees": [{"email": "${word}@x.example", "noShow": true}]}}`,
    `triggerEvent=BOOKING_CREATED&payload=%7B%22notes%22%3A%22${word}form`,
    `${word}nothing\0\xff`,
  ]
  for (const body of broken) {
    await entryPoints.deliver('malformed', body, churchSecret)
    await entryPoints.deliver('forged', body, `${word}notthesecret`)
    await entryPoints.post('unsigned', '/webhooks/calcom', body, { 'x-cal-signature-256': `${word}signature` })
  }
  // The server closes the connection without reading the rest, which a client may notice while it still writes.
  await entryPoints.deliver('too large', `"${`${word} `.repeat(80_000)}"`, churchSecret).catch(unlessCutOff)
  await entryPoints.knock('path', `/webhooks/${word}?q=${word}`, { method: 'DELETE' })
  await entryPoints.knock('not found', `/${word}/path?token=${word}`, {
    headers: { referer: `https://x.example/${word}` },
  })
}

async function cookieOf(email: string, headers: Record<string, string> = {}): Promise<string> {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  const { cookie, text } = await entryPoints.ask('sign-in', query, { input: { email, password } }, headers)
  if (cookie === null) throw new Error(`could not sign in: ${text}`)
  return cookie
}

/** Signs in, with right and wrong passwords, and sets Tomas' own webhook secret. Returns his cookie. */
async function signIn(): Promise<string> {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  const headers = { 'user-agent': `${agent}/1.0`, 'x-forwarded-for': `${word}forwarded, 203.0.113.9` }
  const attempts = [
    { email: pastorTomas.email, password: `${word}wrongpassword` },
    { email: `${word}unknown@church.example`, password: `${word}somepassword` },
    { email: `${word}no address`, password: `${word}p` },
    { email: pastorTomas.email, password: [`${word}inalist`] },
    { email: pastorTomas.email, passwort: `${word}misspelt` },
  ]
  for (const input of attempts) await entryPoints.ask('sign-in', query, { input }, headers)
  const cookie = await cookieOf(pastorTomas.email, headers)
  const setSecret =
    'mutation($input: SetCalcomWebhookSecretInput!) { setCalcomWebhookSecret(input: $input) { viewer { id } } }'
  await entryPoints.ask('own secret', setSecret, { input: { secret: ownSecret } }, { cookie, ...headers })
  forbidden.push(canaryOf('session token', cookie.split('=')[1] ?? ''))
  return cookie
}

async function askInWrongPlaces(cookie: string): Promise<void> {
  const strange = [
    `{ node(id: "${word}badid") { id } }`,
    `{ booking(id: "${Buffer.from(`Booking:${word}`).toString('base64')}") { id } }`,
    `{ bookings(after: "${word}badcursor") { nodes { id } } }`,
    `{ bookings(filter: { search: "${word}search" }) { nodes { id } totalCount } }`,
    `{ bookings(filter: { ownerId: "${word}owner" }) { nodes { id } } }`,
    `{ auditLogs(filter: { action: ["${word}action"] }) { nodes { id } } }`,
    `{ bookings(first: "${word}number") { nodes { id } } }`,
    `{ bookings(filter: { startTime: { from: "${word}time" } }) { nodes { id } } }`,
    `{ booking(id: "${word}unended) { id } }`,
    `{ viewer { name } } "${word}stray"`,
    `mutation { resetPassword(input: { token: "${word}token", newPassword: "${word}newpassword" }) { email } }`,
    `mutation { acceptInvitation(input: { token: "${word}token", newPassword: "${word}newpassword" }) { email } }`,
    `mutation { requestPasswordReset(input: { email: "${word}@church.example" }) { ok } }`,
    `mutation { changePassword(input: { currentPassword: "${word}current", newPassword: "${word}newpassword" }) { viewer { id } } }`,
    `mutation { changePassword(input: { currentPassword: "${word}current", newPassword: "${word}" }) { viewer { id } } }`,
  ]
  for (const query of strange) {
    await entryPoints.ask('stranger', query)
    await entryPoints.ask('pastor', query, {}, { cookie })
    await entryPoints.askOverSocket(cookie, query)
  }
  const typed = [
    ['query($id: ID!) { node(id: $id) { id } }', { id: { nested: `${word}variable` } }],
    ['query($first: Int) { bookings(first: $first) { nodes { id } } }', { first: `${word}variable` }],
    [
      'query($filter: BookingFilter) { bookings(filter: $filter) { nodes { id } } }',
      { filter: { status: [`${word}`] } },
    ],
    ['query($from: DateTime) { bookings(filter: { startTime: { from: $from } }) { nodes { id } } }', { from: word }],
    ['{ viewer { id } }', { unused: `${word}unused` }],
  ] as const
  for (const [query, variables] of typed) {
    await entryPoints.ask('variables', query, variables, { cookie })
    await entryPoints.askOverSocket(cookie, query, variables)
  }
  const headers = {
    authorization: `Bearer chub_${word}bearer`,
    'x-forwarded-for': `${word}, 10.0.0.1`,
    origin: entryPoints.url,
  }
  await entryPoints.ask('bearer', '{ bookings { nodes { id } } }', {}, headers)
  await entryPoints.ask('cookie', '{ bookings { nodes { id } } }', {}, { cookie: `churchhub_session=${word}cookie` })
  await entryPoints.ask('origin', '{ viewer { id } }', {}, { cookie, origin: `https://${word}.example` })
  await entryPoints.knock('GET', `/graphql?query=${encodeURIComponent(`{ node(id: "${word}get") { id } }`)}`, {
    headers: { cookie },
  })
  await entryPoints.post('broken JSON', '/graphql', `{"query": "{ viewer { id } }", "variables": {"a": "${word}`, {
    cookie,
  })
  await entryPoints.post('batch', '/graphql', `[{"query": "{ node(id: \\"${word}\\") { id } }"}]`, { cookie })
  const operation = { query: '{ viewer { id } }', operationName: `${word}operation`, extensions: { a: word } }
  await entryPoints.post('operation', '/graphql', JSON.stringify(operation), { cookie })
}

const openAll = `{ bookings(first: 20) { nodes { id title intake { notes cancellationReason rejectionReason answers { values } }
  formResponses { nodes { answers { values } } } contextSummaries { nodes { metadata { topic } content { text } } } } } }`

/** Reads everything, then breaks the sources and targets of writes, so that errors have values to quote. */
async function causeErrors(cookie: string): Promise<void> {
  const all = await entryPoints.ask('open', openAll, {}, { cookie })
  for (const part of ['highnotes', 'answer', 'cancellation', 'rejection']) expect(all.text).toContain(`${word}${part}`)
  await postgres.asSuperuser((client) =>
    client.query(`
      UPDATE context_summaries SET "encryptedSummary" = overlay("encryptedSummary" PLACING 'AAAA' FROM 40);
      UPDATE form_responses SET "encryptedData" = '{"clear": true}';
      ALTER TABLE context_summaries ADD CONSTRAINT refuses CHECK (metadata IS NULL) NOT VALID;
      ALTER TABLE bookings ADD CONSTRAINT refuses CHECK ("calBookingId" <> 20) NOT VALID`),
  )
  expect((await entryPoints.ask('unreadable', openAll, {}, { cookie })).text).toContain('UNREADABLE')
  // Rejected rows: PostgreSQL's DETAIL quotes them, and drivers pass it on. The second is written by a job, which is
  // retried.
  const at = new Date('2026-08-21T08:00:00Z')
  await entryPoints.deliver('row refused', bookingWebhook('BOOKING_CREATED', at, bookingOf(20), {}), churchSecret)
  await entryPoints.deliver('job refused', bookingWebhook('BOOKING_CREATED', at, bookingOf(21), {}), churchSecret)
  await vi.waitFor(
    async () => {
      expect(await opened.database.webhookDelivery.count({ where: { outcome: 'received' } })).toBe(1)
      expect(await opened.database.workerJob.count({ where: { error: { not: null } } })).toBe(1)
    },
    { timeout: 20_000, interval: 100 },
  )
  await postgres.asSuperuser((client) => client.query('REVOKE INSERT ON audit_logs FROM churchhub'))
  expect((await entryPoints.ask('audit refused', openAll, {}, { cookie })).text).toContain('AUDIT_UNAVAILABLE')
  await entryPoints.deliver('audit refused', bookingWebhook('BOOKING_CREATED', at, bookingOf(22), {}), churchSecret)
  await postgres.asSuperuser((client) => client.query('GRANT INSERT ON audit_logs TO churchhub'))
}

// Fails with a delivery's body in its log line as base64 (the server's log, at all three offsets), with the notes in
// `bookings.metadata` (the column, its file and the WAL), with `log_error_verbosity` at its default (PostgreSQL's log
// quoted the rejected row), and in the first version: GraphQL's own error messages repeated values, including a
// mistyped password.
it('confidential text appears nowhere in plaintext, and names only in the allowed columns', async () => {
  const cookie = await signIn()
  await sendBookings()
  await sendMalformedWebhooks()
  await settled(opened.database)
  await askInWrongPlaces(cookie)
  forbidden.push(
    ...(await useLaterEntryPoints(entryPoints, { pastor: cookie, admin: await cookieOf(adminEmail) }, word)),
  )
  await causeErrors(cookie)

  const all = [...forbidden, ...allowed]
  const finds: Find[] = [
    ...(await postgres.asSuperuser((client) => searchTables(client, all))),
    ...findIn(await (await fetch(`${entryPoints.url}/metrics`)).text(), '/metrics', all),
    ...findIn(await postgres.asSuperuser(statementsSeen), 'pg_stat', all),
    ...entryPoints.refusals().flatMap(({ entryPoint, output }) => findIn(output, `the answer to ${entryPoint}`, all)),
  ]
  await postgres.asSuperuser((client) => client.query('CHECKPOINT'))
  await node?.end('SIGTERM')
  const log = node?.output() ?? ''
  finds.push(...findIn(log, "the server's log", all), ...findIn(commandSaid, 'users:create', all))
  // What is allowed in a column is also in its file and the WAL; PostgreSQL's log may contain none of it.
  finds.push(...(await searchFiles(postgres.home, forbidden)))
  finds.push(...(await searchFiles(postgres.home, allowed)).filter(({ place }) => place === 'postgres.log'))
  expect(finds).toEqual([])

  // Proof that the search covered everything: the names are in their columns, there is WAL, and the log has lines and
  // errors.
  const elsewhere = await postgres.asSuperuser((client) =>
    searchTables(
      client,
      allowed.map((canary) => ({ ...canary, allowed: [] })),
    ),
  )
  expect(new Set(elsewhere.map(({ place }) => place))).toEqual(new Set(allowed.flatMap((canary) => canary.allowed)))
  expect(await bytesUnder(`${postgres.home}/postgres/pg_wal`)).toBeGreaterThan(1_000_000)
  expect(log).toContain('"level":"error"')
  expect(entryPoints.refusals().length).toBeGreaterThan(50)
})

/** Rethrows any error but that of a connection that the server has closed. */
function unlessCutOff(error: unknown): void {
  const cause = error instanceof Error ? error.cause : null
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code !== 'EPIPE' && code !== 'ECONNRESET') throw error
}
