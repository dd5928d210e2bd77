import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addBooking, addSummary } from '../support/parish.ts'
import { type Message, openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch
const open: RawSocket[] = []

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterEach(async () => {
  for (const { socket, closed } of open.splice(0)) {
    socket.terminate()
    await closed
  }
})
afterAll(() => church.close())

const opening = `subscription($after: String) { bookingChanged(after: $after) { kind booking { title
  contextSummaries(first: 1) { nodes { content { text } } } } } }`

/** Subscribes live: a change after this is one event shared by all. */
async function follow(person: Person, query: string): Promise<RawSocket> {
  const raw = await openRawSocket(church.url, { cookie: person.cookie })
  open.push(raw)
  await raw.init()
  const bookingId = await addBooking(church.deps, church.pastor)
  const { data } = await church.ask<{ bookingCursor: string }>(person, '{ bookingCursor }')
  raw.say({ id: '1', type: 'subscribe', payload: { query, variables: { after: data?.bookingCursor } } })
  await change(bookingId, 'created')
  await raw.heard(({ payload }) => JSON.stringify(payload ?? '').includes('CREATED'))
  return raw
}

async function change(bookingId: string, kind: string): Promise<void> {
  await church.deps.database
    .$queryRaw`SELECT append_booking_change(${church.pastor.userId}::uuid, ${bookingId}::uuid, ${kind})`
}

const containing = (kind: string) => (message: Message) => JSON.stringify(message.payload ?? '').includes(kind)

describe('one change for many subscribers', () => {
  // Fails if one execution is shared by everyone regardless of what it read: there was one entry.
  it('is opened and logged for each subscriber who selects a sealed field', async () => {
    const { pastor, deps } = church
    const bookingId = await addBooking(deps, pastor)
    const summaryId = await addSummary(deps, pastor, bookingId, 'She grieves for her father.')
    const all = [await follow(pastor, opening), await follow(pastor, opening), await follow(pastor, opening)]
    await change(bookingId, 'summary_ready')
    for (const raw of all) {
      expect(JSON.stringify(await raw.heard(containing('SUMMARY_READY')))).toContain('She grieves for her father.')
    }
    const entries = await deps.database.auditLog.count({ where: { action: 'summary.read', resourceId: summaryId } })
    expect(entries).toBe(3)
  })

  // Fails with a sharing key without the viewer: the other admin read the name. Both follow the same log.
  it('is sent to each viewer as they may see it, down to the text', async () => {
    const { admin, deps } = church
    const titles = 'subscription($after: String) { bookingChanged(after: $after) { kind booking { title } } }'
    const own = await follow(admin, titles)
    const redacted = await follow(await church.addPerson('admin', 'Otto Admin', 41), titles)
    const bookingId = await addBooking(deps, admin)
    await deps.database.$queryRaw`SELECT append_booking_change(${admin.userId}::uuid, ${bookingId}::uuid, 'cancelled')`
    expect(JSON.stringify(await own.heard(containing('CANCELLED')))).toContain('Maria Santos')
    const seen = JSON.stringify(await redacted.heard(containing('CANCELLED')))
    expect(seen).toContain('Pastoral Care')
    expect(seen).not.toContain('Maria')
  })

  // Fails with a sharing key without the variables: everyone got the first subscriber's fields.
  it('is sent according to each subscriber’s variables', async () => {
    const { pastor, deps } = church
    const query = `subscription($after: String, $full: Boolean!) {
      bookingChanged(after: $after) { kind booking { id title @include(if: $full) } } }`
    const truncated = await follow(pastor, query.replace('$full)', 'false)').replace(', $full: Boolean!', ''))
    const one = await followWith(query, true)
    const other = await followWith(query, false)
    await change(await addBooking(deps, pastor), 'rescheduled')
    expect(JSON.stringify(await one.heard(containing('RESCHEDULED')))).toContain('title')
    expect(JSON.stringify(await other.heard(containing('RESCHEDULED')))).not.toContain('title')
    expect(JSON.stringify(await truncated.heard(containing('RESCHEDULED')))).not.toContain('title')
  })
})

describe('one change over one socket', () => {
  it('reaches every operation under its own ID, whatever ID the client chooses', async () => {
    const { pastor, deps } = church
    const raw = await openRawSocket(church.url, { cookie: pastor.cookie })
    open.push(raw)
    await raw.init()
    const ids = ['plain', '"quoted"', 'back\\slash', 'Ä漢🕊', '\u0000\n\u2028', '\ud800', 'x'.repeat(70_000), '0', '1']
    const { data } = await church.ask<{ bookingCursor: string }>(pastor, '{ bookingCursor }')
    const payload = { query: opening.replace('content { text }', 'id'), variables: { after: data?.bookingCursor } }
    for (const id of ids) raw.say({ id, type: 'subscribe', payload })
    const bookingId = await addBooking(deps, pastor)
    // The first may come from the log; the others are live, serialized once for all.
    for (const kind of ['created', 'updated', 'cancelled']) {
      await change(bookingId, kind)
      for (const id of ids) {
        const { payload: answer } = await raw.heard(
          (message) => message.id === id && containing(kind.toUpperCase())(message),
        )
        expect(answer).toMatchObject({ data: { bookingChanged: { booking: { contextSummaries: { nodes: [] } } } } })
      }
    }
    expect(raw.socket.readyState).toBe(raw.socket.OPEN)
  })
})

async function followWith(query: string, isFull: boolean): Promise<RawSocket> {
  const { pastor, deps } = church
  const raw = await openRawSocket(church.url, { cookie: pastor.cookie })
  open.push(raw)
  await raw.init()
  const { data } = await church.ask<{ bookingCursor: string }>(pastor, '{ bookingCursor }')
  raw.say({ id: '1', type: 'subscribe', payload: { query, variables: { after: data?.bookingCursor, full: isFull } } })
  await change(await addBooking(deps, pastor), 'created')
  await raw.heard(containing('CREATED'))
  return raw
}
