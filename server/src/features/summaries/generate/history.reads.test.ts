import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addBooking, addPerson, openTestVault } from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { newId } from '../../../platform/ids.ts'
import { findHistory } from './history.reads.ts'

let fresh: FreshDatabase
let pastor: PersonViewer

const now = new Date('2026-09-10T12:00:00Z')

beforeAll(async () => {
  fresh = await freshDatabase()
  const deps = { database: fresh.database, vault: await openTestVault(fresh.database), newId }
  pastor = await addPerson(fresh.database, 'pastor')
  const add = (day: string, status: 'confirmed' | 'completed' | 'cancelled' | 'no_show') =>
    addBooking(deps, pastor, {
      columns: {
        startTime: new Date(`${day}T09:00:00Z`),
        endTime: new Date(`${day}T10:00:00Z`),
        attendeeEmails: ['Maria@people.example'],
        status,
      },
    })
  await add('2026-09-01', 'completed')
  await add('2026-09-02', 'confirmed')
  await add('2026-09-03', 'cancelled')
  await add('2026-09-04', 'no_show')
  await add('2026-09-17', 'confirmed')
})
afterAll(() => fresh.close())

test('counts the meetings that are over, and neither those to come nor those that did not take place', async () => {
  const of = { ownerId: pastor.userId, emails: ['maria@people.example'] }
  expect(await findHistory(fresh.database, { ...of, before: now })).toEqual({
    earlierMeetings: 2,
    lastAt: new Date('2026-09-02T09:00:00Z'),
  })
  // A meeting that is still on has not taken place.
  expect(await findHistory(fresh.database, { ...of, before: new Date('2026-09-02T09:30:00Z') })).toMatchObject({
    earlierMeetings: 1,
  })
})
