import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addBooking, addPerson, openTestVault, testOrigin } from '../../../test/support/parish.ts'
import type { PersonViewer } from '../../core/access/viewer.ts'
import { createAuditedReader } from '../../core/audit/read/audited-reader.ts'
import type { OpenDeps } from '../../core/audit/read/open-audited.ts'
import { UnreadableError } from '../../core/vault/errors.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { openIntakes } from './open-intakes.ts'

let fresh: FreshDatabase
let deps: OpenDeps
let pastor: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = {
    auditedReader: createAuditedReader(fresh.database),
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    newId,
  }
  pastor = await addPerson(fresh.database, 'pastor')
})

afterAll(() => fresh.close())

const logOf = (bookingId: string) => fresh.database.auditLog.findMany({ where: { bookingId } })

describe('openIntakes', () => {
  test('opens the owner’s intake, and logs it', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'Please come.' } })
    const opened = await openIntakes(deps, pastor, testOrigin, [bookingId])
    expect(opened.get(bookingId)).toMatchObject({ notes: 'Please come.', attendees: [{ name: 'Maria Santos' }] })
    const subject = { resource: 'booking', resourceId: bookingId, userId: pastor.userId }
    expect(await logOf(bookingId)).toMatchObject([{ action: 'intake.read', ...subject }])
  })

  test('returns null, and logs nothing, if there is no intake', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: null })
    const opened = await openIntakes(deps, pastor, testOrigin, [bookingId])
    expect(opened.get(bookingId)).toBeNull()
    expect(await logOf(bookingId)).toEqual([])
  })

  test.each([
    ['pastor', NotFoundError, 'not_owner'],
    ['admin', ForbiddenError, 'forbidden'],
  ] as const)(
    'is refused to another %s, and logged, whether or not there is an intake',
    async (role, refusal, reason) => {
      const otherViewer = await addPerson(fresh.database, role)
      for (const intake of [{}, null]) {
        const bookingId = await addBooking(deps, pastor, { intake })
        const opened = await openIntakes(deps, otherViewer, testOrigin, [bookingId])
        expect(opened.get(bookingId)).toBeInstanceOf(refusal)
        expect(await logOf(bookingId)).toMatchObject([
          { action: 'intake.read_denied', userId: otherViewer.userId, metadata: { reason } },
        ])
      }
    },
  )

  test('does not open an intake encrypted for another booking of the same pastor', async () => {
    const [bookingId, other] = [await addBooking(deps, pastor), await addBooking(deps, pastor)]
    await fresh.database.$executeRaw`
      UPDATE bookings SET "encryptedIntakeData" = (SELECT "encryptedIntakeData" FROM bookings WHERE id = ${other}::uuid)
      WHERE id = ${bookingId}::uuid`
    const opened = await openIntakes(deps, pastor, testOrigin, [bookingId])
    expect(opened.get(bookingId)).toBeInstanceOf(UnreadableError)
  })
})
