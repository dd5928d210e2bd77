import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addBooking, addPerson, addSummary, openTestVault, testOrigin } from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { createAuditedReader } from '../../../core/audit/read/audited-reader.ts'
import type { OpenDeps } from '../../../core/audit/read/open-audited.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import { ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { openSummaries } from './open-summaries.ts'

let fresh: FreshDatabase
let deps: OpenDeps
let pastor: PersonViewer
let anotherPastor: PersonViewer
let admin: PersonViewer
let bookingId: string
let summaryId: string

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = {
    auditedReader: createAuditedReader(fresh.database),
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    newId,
  }
  pastor = await addPerson(fresh.database, 'pastor')
  anotherPastor = await addPerson(fresh.database, 'pastor')
  admin = await addPerson(fresh.database, 'admin')
})

afterAll(() => fresh.close())

beforeEach(async () => {
  bookingId = await addBooking(deps, pastor)
  summaryId = await addSummary(deps, pastor, bookingId, 'She lost her mother.')
})

const logOf = (id: string) =>
  fresh.database.auditLog.findMany({ where: { resourceId: id }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })

describe('openSummaries', () => {
  test('opens the owner’s summary after logging who opened it, from where, and which one', async () => {
    const opened = await openSummaries(deps, pastor, testOrigin, [summaryId])

    expect(opened.get(summaryId)).toEqual({
      version: 2,
      text: 'She lost her mother.',
      urgentMatters: [],
      answeredQuestions: [],
    })
    const summary = await fresh.database.contextSummary.findFirstOrThrow({ where: { id: summaryId } })
    expect(await logOf(summaryId)).toMatchObject([
      {
        action: 'summary.read',
        resource: 'context_summary',
        userId: pastor.userId,
        bookingId,
        ipAddress: testOrigin.ipAddress,
        userAgent: testOrigin.userAgent,
        metadata: { sealedDigest: deps.vault.digestOf(summary.encryptedSummary) },
      },
    ])
  })

  test('opens many at once and logs each once, however often it is requested', async () => {
    const second = await addSummary(deps, pastor, await addBooking(deps, pastor), 'They want to marry.')
    const opened = await openSummaries(deps, pastor, testOrigin, [summaryId, second, summaryId])

    expect([...opened.values()]).toMatchObject([{ text: 'She lost her mother.' }, { text: 'They want to marry.' }])
    expect(await logOf(summaryId)).toHaveLength(1)
    expect(await logOf(second)).toHaveLength(1)
  })

  test('tells another pastor that the summary doesn’t exist, and logs the attempt', async () => {
    const opened = await openSummaries(deps, anotherPastor, testOrigin, [summaryId])

    expect(opened.get(summaryId)).toBeInstanceOf(NotFoundError)
    expect(await logOf(summaryId)).toMatchObject([
      { action: 'summary.read_denied', userId: anotherPastor.userId, bookingId, metadata: { reason: 'not_owner' } },
    ])
  })

  test('refuses an admin, and logs it', async () => {
    const opened = await openSummaries(deps, admin, testOrigin, [summaryId])

    expect(opened.get(summaryId)).toBeInstanceOf(ForbiddenError)
    expect(await logOf(summaryId)).toMatchObject([
      { action: 'summary.read_denied', userId: admin.userId, metadata: { reason: 'forbidden' } },
    ])
  })

  test('responds the same for another owner’s summary as for one that doesn’t exist', async () => {
    const unknownId = newId()
    const opened = await openSummaries(deps, anotherPastor, testOrigin, [summaryId, unknownId, 'no id at all'])

    expect(opened.get(summaryId)).toEqual(opened.get(unknownId))
    expect(opened.get('no id at all')).toEqual(opened.get(unknownId))
  })

  test('opens one’s own summaries of a mixed list and refuses the rest', async () => {
    const otherPastorsSummary = await addSummary(
      deps,
      anotherPastor,
      await addBooking(deps, anotherPastor),
      'Another matter.',
    )
    const opened = await openSummaries(deps, pastor, testOrigin, [otherPastorsSummary, summaryId])

    expect(opened.get(summaryId)).toMatchObject({ text: 'She lost her mother.' })
    expect(opened.get(otherPastorsSummary)).toBeInstanceOf(NotFoundError)
  })

  test('sends no statement for an empty list', async () => {
    expect(await openSummaries(deps, pastor, testOrigin, [])).toEqual(new Map())
  })
})

describe('a ciphertext moved from its place', () => {
  const swap = async (id: string, sealed: string) =>
    fresh.database.$executeRaw`UPDATE context_summaries SET "encryptedSummary" = ${sealed} WHERE id = ${id}::uuid`

  const sealedOf = async (id: string) =>
    (await fresh.database.contextSummary.findFirstOrThrow({ where: { id } })).encryptedSummary

  test.each([
    [
      'of another row of the same pastor',
      async () => addSummary(deps, pastor, bookingId, 'Another day.').then(sealedOf),
    ],
    [
      'of the same row, encrypted for another owner',
      () =>
        deps.vault.encrypt('{"version":1,"text":"x"}', {
          column: 'context_summaries.encryptedSummary',
          rowId: summaryId,
          ownerId: anotherPastor.userId,
        }),
    ],
    ['in plaintext', async () => '{"version":1,"text":"x"}'],
    ['truncated', async () => (await sealedOf(summaryId)).slice(0, -4)],
    ['empty', async () => ''],
    [
      'encrypted for the right row, but not a summary',
      () =>
        deps.vault.encrypt('a secret', {
          column: 'context_summaries.encryptedSummary',
          rowId: summaryId,
          ownerId: pastor.userId,
        }),
    ],
  ])('%s is unreadable, without affecting others, and is logged', async (_name, forge) => {
    const sealed = await forge()
    await swap(summaryId, sealed)
    const intact = await addSummary(deps, pastor, bookingId, 'Still whole.')

    const opened = await openSummaries(deps, pastor, testOrigin, [summaryId, intact])

    expect(opened.get(summaryId)).toBeInstanceOf(UnreadableError)
    expect(JSON.stringify(opened.get(summaryId), Object.getOwnPropertyNames(opened.get(summaryId)))).not.toContain(
      'secret',
    )
    expect(opened.get(intact)).toMatchObject({ text: 'Still whole.' })
    expect(await logOf(summaryId)).toMatchObject([
      { action: 'summary.read' },
      {
        action: 'vault.unreadable',
        userId: pastor.userId,
        bookingId,
        ipAddress: testOrigin.ipAddress,
        metadata: { column: 'context_summaries.encryptedSummary', sealedDigest: deps.vault.digestOf(sealed) },
      },
    ])
  })

  test('can’t be decrypted if the booking is handed over without re-encrypting it', async () => {
    await fresh.database
      .$executeRaw`UPDATE bookings SET "userId" = ${anotherPastor.userId}::uuid WHERE id = ${bookingId}::uuid`

    const asOldOwner = await openSummaries(deps, pastor, testOrigin, [summaryId])
    const asNewOwner = await openSummaries(deps, anotherPastor, testOrigin, [summaryId])

    expect(asOldOwner.get(summaryId)).toBeInstanceOf(NotFoundError)
    expect(asNewOwner.get(summaryId)).toBeInstanceOf(UnreadableError)
  })
})

describe('when the audit log can’t be written', () => {
  test('nothing is opened, and it works again once it can', async () => {
    await fresh.database.$executeRaw`REVOKE INSERT ON audit_logs FROM CURRENT_USER`
    try {
      const refused = openSummaries(deps, pastor, testOrigin, [summaryId])
      await expect(refused).rejects.toBeInstanceOf(AuditUnavailableError)
    } finally {
      await fresh.database.$executeRaw`GRANT INSERT ON audit_logs TO CURRENT_USER`
    }
    const opened = await openSummaries(deps, pastor, testOrigin, [summaryId])
    expect(opened.get(summaryId)).toMatchObject({ text: 'She lost her mother.' })
    expect(await logOf(summaryId)).toHaveLength(1)
  })

  test('nothing is opened if the database silently drops the entry', async () => {
    await fresh.database.$executeRaw`
      CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`
    await fresh.database.$executeRaw`
      CREATE TRIGGER swallow BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION swallow()`
    try {
      const refused = openSummaries(deps, pastor, testOrigin, [summaryId])
      await expect(refused).rejects.toBeInstanceOf(AuditUnavailableError)
    } finally {
      await fresh.database.$executeRaw`DROP TRIGGER swallow ON audit_logs`
    }
  })

  test('nothing is opened if the commit fails after the rows were read', async () => {
    await fresh.database.$executeRaw`
      CREATE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$`
    await fresh.database.$executeRaw`
      CREATE CONSTRAINT TRIGGER refuse_at_commit AFTER INSERT ON audit_logs
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_at_commit()`
    try {
      const refused = openSummaries(deps, pastor, testOrigin, [summaryId])
      await expect(refused).rejects.toBeInstanceOf(AuditUnavailableError)
      expect(await logOf(summaryId)).toHaveLength(0)
    } finally {
      await fresh.database.$executeRaw`DROP TRIGGER refuse_at_commit ON audit_logs`
    }
  })
})
