import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addBooking, addFormResponse, addPerson, openTestVault, testOrigin } from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { createAuditedReader } from '../../../core/audit/read/audited-reader.ts'
import type { OpenDeps } from '../../../core/audit/read/open-audited.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { openFormResponses } from './open-form-responses.ts'

let fresh: FreshDatabase
let deps: OpenDeps
let pastor: PersonViewer
let bookingId: string
let responseId: string

const answers = [{ slug: 'reason', label: 'Reason', values: ['Grief'] }]

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = {
    auditedReader: createAuditedReader(fresh.database),
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    newId,
  }
  pastor = await addPerson(fresh.database, 'pastor')
  bookingId = await addBooking(deps, pastor)
  responseId = await addFormResponse(deps, pastor, bookingId, answers)
})

afterAll(() => fresh.close())

const actionsOf = async (resourceId: string) =>
  (await fresh.database.auditLog.findMany({ where: { resourceId }, orderBy: { id: 'asc' } })).map(
    ({ action }) => action,
  )

describe('openFormResponses', () => {
  test('opens the owner’s answers and refuses everyone else, and logs both', async () => {
    const another = await addPerson(fresh.database, 'pastor')
    const admin = await addPerson(fresh.database, 'admin')

    const asOwner = await openFormResponses(deps, pastor, testOrigin, [responseId])
    const byOtherPastor = await openFormResponses(deps, another, testOrigin, [responseId])
    const asAdmin = await openFormResponses(deps, admin, testOrigin, [responseId])

    expect(asOwner.get(responseId)).toEqual(answers)
    expect(byOtherPastor.get(responseId)).toBeInstanceOf(NotFoundError)
    expect(asAdmin.get(responseId)).toBeInstanceOf(ForbiddenError)
    const denied = 'form_response.read_denied'
    expect(await actionsOf(responseId)).toEqual(['form_response.read', denied, denied])
  })

  test('does not open answers moved from another column', async () => {
    const id = await addFormResponse(deps, pastor, bookingId, answers)
    const otherContext = { column: 'context_summaries.encryptedSummary', rowId: id, ownerId: pastor.userId } as const
    const encryptedData = await deps.vault.encrypt(JSON.stringify({ version: 1, answers }), otherContext)
    await fresh.database.formResponse.update({ where: { id }, data: { encryptedData } })
    const opened = await openFormResponses(deps, pastor, testOrigin, [id])
    expect(opened.get(id)).toBeInstanceOf(UnreadableError)
    expect(await actionsOf(id)).toEqual(['form_response.read', 'vault.unreadable'])
  })
})
