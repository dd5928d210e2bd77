import { afterAll, beforeAll, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { recomputePlaintextColumns } from '../../src/features/bookings/retention/recompute-plaintext-columns.ts'
import { bookingNumber, deliver, pastorAnna, pastoralCare, personNamed } from '../support/cal.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let pastor: typeof pastorAnna
let number = 100

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  pastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email: church.pastor.email, username: church.pastor.username }
})
afterAll(() => church.close())

type EventType = { id: string; eventTypeId: number; title: string | null; slug: string | null; isRenamed: boolean }
const list = '{ eventTypes { id eventTypeId title slug isRenamed } }'
const rename = `mutation($input: RenameEventTypeInput!) { renameEventType(input: $input) { eventType { title isRenamed } } }`

async function book(eventTypeId: number, lastName = 'Santos', notes = 'A talk.'): Promise<string> {
  number += 1
  const booking = bookingNumber(number, {
    pastor,
    eventType: { ...pastoralCare, id: eventTypeId },
    people: [personNamed('Maria', lastName)],
    notes,
  })
  const { bookingId } = await deliver(church.deps, bookingWebhook('BOOKING_CREATED', new Date(), booking))
  return bookingId ?? ''
}

async function typeOf(eventTypeId: number): Promise<EventType> {
  const { data } = await church.ask<{ eventTypes: EventType[] }>(church.pastor, list)
  const found = data?.eventTypes.find((each) => each.eventTypeId === eventTypeId)
  if (found === undefined) throw new Error('no such event type')
  return found
}

const rowOf = (id: string) => church.deps.database.booking.findFirstOrThrow({ where: { id } })
const renamedBy = (person: Person | null, id: string, title: string) =>
  church.ask(person, rename, { input: { id, title } })

it('a pastor sees and renames their event types, the change is logged, and their bookings take the name', async () => {
  const [first, private_] = [await book(801), await book(801, 'Santos', 'He beats me.')]
  const { id, ...known } = await typeOf(801)
  expect(known).toEqual({ eventTypeId: 801, title: 'Care Talk', slug: 'care-talk', isRenamed: false })
  expect((await church.ask<{ eventTypes: EventType[] }>(church.otherPastor, list)).data).toEqual({ eventTypes: [] })
  for (const person of [church.otherPastor, church.admin]) {
    expect((await renamedBy(person, id, 'Mine')).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  }
  expect((await renamedBy(church.pastor, id, ' ')).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  const token = await addToken(church, church.pastor, ['bookings:read'])
  expect((await askWithToken(church, token, rename, { input: { id, title: 'x' } })).errors).toBeDefined()

  expect((await renamedBy(church.pastor, id, 'Listening hour')).data).toEqual({
    renameEventType: { eventType: { title: 'Listening hour', isRenamed: true } },
  })
  await recomputePlaintextColumns(church.deps, { userId: church.pastor.userId, eventTypeId: 801 })
  expect(await rowOf(first)).toMatchObject({ eventTypeTitle: 'Listening hour', redactedDescription: 'Listening hour' })
  expect(await rowOf(private_)).toMatchObject({ title: 'Listening hour', redactedDescription: 'Private appointment' })
  // Later webhooks don't overwrite it.
  expect(await rowOf(await book(801))).toMatchObject({ eventTypeTitle: 'Listening hour' })
  const entries = await church.deps.database.auditLog.findMany({ where: { action: 'event_type.renamed' } })
  expect(entries).toMatchObject([{ userId: church.pastor.userId, metadata: {} }])
})

it('a title that names an attendee is left out of that booking', async () => {
  const [ofSantos, ofHope] = [await book(802), await book(802, 'Hope')]
  const { id } = await typeOf(802)
  await renamedBy(church.pastor, id, 'Hope group')
  await recomputePlaintextColumns(church.deps, { userId: church.pastor.userId, eventTypeId: 802 })
  expect((await rowOf(ofSantos)).eventTypeTitle).toBe('Hope group')
  expect((await rowOf(ofHope)).eventTypeTitle).toBeNull()
})

it('bookings projected by older rules are updated, even those whose content has expired', async () => {
  const [id, emptied] = [await book(803, 'Santos', 'He beats me.'), await book(803, 'Santos', 'He beats me.')]
  const withNames = { eventTypeTitle: 'With Maria Santos', eventTypeSlug: 'Maria Santos', timeZone: 'of Maria Santos' }
  const shown = { title: 'With Maria Santos', redactedDescription: 'With Maria Santos' }
  const { database } = church.deps
  await database.booking.updateMany({ where: { id: { in: [id, emptied] } }, data: { ...withNames, ...shown } })
  await database.booking.updateMany({ where: { id: emptied }, data: { encryptedIntakeData: null } })
  await database.staleBooking.createMany({ data: [{ bookingId: id }, { bookingId: emptied }] })
  expect(await recomputePlaintextColumns(church.deps)).toEqual({ renewed: 2 })
  for (const each of [id, emptied]) {
    expect(JSON.stringify(await rowOf(each))).not.toMatch(/Maria|Santos/)
    expect(await rowOf(each)).toMatchObject({ eventTypeTitle: 'Care Talk', title: 'Care Talk' })
  }
  expect(await database.staleBooking.count()).toBe(0)
})
