import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addPastor,
  bookingNumber,
  type CalDeps,
  calDeps,
  clearDatabase,
  deliver,
  pastorAnna,
  pastorTomas,
} from '../../../../test/support/cal.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { bookingWebhook } from '../../../commands/simulate/payloads.ts'
import type { CalOrganizer } from '../lifecycle/cal-event.model.ts'
import { listOrganizers, organizerAmong } from './related-bookings.reads.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: string
let tomas: string
beforeAll(async () => {
  fresh = await freshDatabase()
  deps = await calDeps(fresh)
})
beforeEach(async () => {
  await clearDatabase(fresh.url)
  anna = await addPastor(fresh.database, pastorAnna)
  tomas = await addPastor(fresh.database, pastorTomas)
})
afterAll(() => fresh.close())

const nobody: CalOrganizer = { id: null, username: null, usernameInOrg: null, email: null, timeZone: null }
const find = async (organizer: Partial<CalOrganizer>, present: string | null = null) => {
  return organizerAmong(await listOrganizers(fresh.database, { ...nobody, ...organizer }), present)
}
const setCalId = (id: string, calUserId: string) => fresh.database.user.update({ where: { id }, data: { calUserId } })

describe('an organizer', () => {
  test('is found by each name in any case, and by the ID first', async () => {
    expect(await find({ id: String(pastorAnna.id) })).toBe(anna)
    expect(await find({ username: pastorAnna.username.toUpperCase() })).toBe(anna)
    expect(await find({ usernameInOrg: pastorAnna.username })).toBe(anna)
    expect(await find({ email: pastorAnna.email.toUpperCase() })).toBe(anna)
    expect(await find({ id: String(pastorTomas.id), username: pastorAnna.username })).toBe(tomas)
    expect(await find({ id: '4711', username: 'nobody', email: 'nobody@church.example' })).toBe(null)
  })

  test('is the user with that username, unless a different ID is known for them', async () => {
    await setCalId(anna, 'none:01a2')
    expect(await find({ id: String(pastorTomas.id), username: pastorAnna.username })).toBe(anna)
  })

  test('is the booking’s previous owner, as long as one of its names is theirs', async () => {
    const both = { id: String(pastorTomas.id), email: pastorAnna.email }
    expect(await find(both)).toBe(tomas)
    expect(await find(both, anna)).toBe(anna)
    expect(await find({ id: String(pastorTomas.id) }, anna)).toBe(tomas)
  })
})

describe('assigning a user’s Cal.com ID to another account', () => {
  const realId = 4_711
  const asCalSays = { ...pastorAnna, id: realId }
  const ownerOf = async (number: number) =>
    (await fresh.database.booking.findFirst({ where: { calBookingUid: bookingNumber(number).uid } }))?.userId
  const say = (
    trigger: 'BOOKING_CREATED' | 'BOOKING_LOCATION_UPDATED' | 'BOOKING_REASSIGNED',
    number: number,
    pastor = asCalSays,
  ) => deliver(deps, bookingWebhook(trigger, new Date(), bookingNumber(number, { pastor })))

  // A regression: the next delivery handed the booking over to Tomas, who could then decrypt it.
  test('takes over no booking while the user’s own ID is unknown, neither existing nor new', async () => {
    await setCalId(anna, 'none:01a2')
    await say('BOOKING_CREATED', 1)
    await setCalId(tomas, String(realId))
    await say('BOOKING_LOCATION_UPDATED', 1)
    await say('BOOKING_CREATED', 2)
    expect([await ownerOf(1), await ownerOf(2)]).toEqual([anna, anna])
  })

  test('takes over no existing booking if a wrong ID was stored, only later ones', async () => {
    await say('BOOKING_CREATED', 1)
    await setCalId(tomas, String(realId))
    await say('BOOKING_LOCATION_UPDATED', 1)
    expect(await ownerOf(1)).toBe(anna)
  })

  test('takes over a booking that Cal.com itself assigns to the other account', async () => {
    await say('BOOKING_CREATED', 1)
    await say('BOOKING_REASSIGNED', 1, pastorTomas)
    expect(await ownerOf(1)).toBe(tomas)
    await say('BOOKING_CREATED', 2)
    await say('BOOKING_LOCATION_UPDATED', 2, pastorTomas)
    expect(await ownerOf(2)).toBe(tomas)
  })
})
