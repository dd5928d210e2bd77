import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import {
  addBooking,
  addFormResponse,
  addPerson,
  addSummary,
  openTestVault,
  testOrigin,
  testProviderFetch,
} from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { createAuditedReader } from '../../../core/audit/read/audited-reader.ts'
import type { OpenDeps } from '../../../core/audit/read/open-audited.ts'
import { UnreadableError } from '../../../core/vault/errors.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import { ConflictError } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { openSummaries } from '../read/open-summaries.ts'
import { type GenerateSummaryDeps, generateSummary } from './generate-summary.ts'

const now = new Date('2026-08-01T12:00:00Z')

let fresh: FreshDatabase
let deps: GenerateSummaryDeps & OpenDeps
let pastor: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = {
    auditedReader: createAuditedReader(fresh.database),
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    newId,
    clock: { now: () => now },
    providerFetch: testProviderFetch,
  }
  pastor = await addPerson(fresh.database, 'pastor')
})

afterAll(() => fresh.close())

const summariesOf = (bookingId: string) => fresh.database.contextSummary.findMany({ where: { bookingId } })
const changesOf = (bookingId: string) => fresh.database.bookingChange.findMany({ where: { bookingId } })
const actionsOf = async (bookingId: string) =>
  (
    await fresh.database.auditLog.findMany({ where: { bookingId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
  ).map(({ action }) => action)

async function textOf(bookingId: string, viewer = pastor): Promise<string> {
  const [summary] = await summariesOf(bookingId)
  const opened = await openSummaries(deps, viewer, testOrigin, [summary?.id ?? ''])
  const content = opened.get(summary?.id ?? '')
  if (!content || content instanceof Error) throw content ?? new Error('There is no summary.')
  return content.text
}

/** A vault that runs a function between reading the source and storing the summary. */
function vaultThatRuns(action: () => Promise<unknown>): Vault {
  let isDone = false
  return {
    ...deps.vault,
    async encrypt(plaintext, aadContext) {
      if (!isDone) {
        isDone = true
        await action()
      }
      return deps.vault.encrypt(plaintext, aadContext)
    },
  }
}

describe('generateSummary', () => {
  test('writes an encrypted summary from intake and answers, publishes it, and is logged as the system', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'We lost our mother.' } })
    const answers = [{ slug: 'place', label: 'Where shall we meet?', values: ['At home'] }]
    const responseId = await addFormResponse(deps, pastor, bookingId, answers)
    const summaryId = newId()

    expect(await generateSummary(deps, { bookingId, summaryId })).toBe('written')

    expect(await textOf(bookingId)).toBe(
      'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). No earlier meeting is known. The note says: “We lost our mother.” In the form: Where shall we meet? “At home”.',
    )
    const [summary] = await summariesOf(bookingId)
    expect(summary).toMatchObject({ id: summaryId, createdAt: now, expiresAt: new Date('2026-11-02T09:45:00Z') })
    expect(summary?.metadata).toEqual({
      topic: 'Pastoral Care',
      participants: ['Maria'],
      sensitivity: 'Medium',
      location: 'Not given',
      when: '2026-08-04T09:00:00.000Z',
      duration: 45,
      plainText: 'Tuesday 4 August at 10:00, 45 minutes.',
      generatedAt: now.toISOString(),
      method: 'rule-based',
    })
    expect(await changesOf(bookingId)).toMatchObject([{ ownerId: pastor.userId, kind: 'summary_ready' }])
    const sealedDigest = deps.vault.digestOf(summary?.encryptedSummary ?? '')
    const log = await fresh.database.auditLog.findMany({ where: { bookingId, userId: null } })
    expect(log).toHaveLength(3)
    expect(log).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'intake.read', resource: 'booking', resourceId: bookingId }),
        expect.objectContaining({ action: 'form_response.read', resourceId: responseId }),
        expect.objectContaining({
          action: 'summary.written',
          resourceId: summaryId,
          metadata: { method: 'rule-based', job: 'generate-summary', sealedDigest, position: expect.any(Number) },
        }),
      ]),
    )
  })

  test('stores no attendee text outside encrypted columns', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'zqcanary' }, columns: { sensitivity: 'Low' } })
    await generateSummary(deps, { bookingId, summaryId: newId() })
    const summaries = await fresh.database.$queryRaw`SELECT s::text FROM context_summaries s`
    const log = await fresh.database.$queryRaw`SELECT a::text FROM audit_logs a`
    expect(await textOf(bookingId)).toContain('zqcanary')
    expect(JSON.stringify([summaries, log])).not.toContain('zqcanary')
  })

  test('keeps a summary for the retention of the pastor’s configuration, before the church’s', async () => {
    const own = await addPerson(fresh.database, 'pastor')
    const configuration = { provider: 'local', model: 'm', promptTemplate: 't' } as const
    await fresh.database.aiConfiguration.createMany({
      data: [
        { id: newId(), userId: own.userId, retentionDays: 10, ...configuration },
        { id: newId(), userId: own.userId, retentionDays: 1, isActive: false, ...configuration },
        { id: newId(), userId: null, retentionDays: 20, ...configuration },
      ],
    })
    const ownBooking = await addBooking(deps, own)
    const otherBooking = await addBooking(deps, pastor)
    for (const bookingId of [ownBooking, otherBooking]) await generateSummary(deps, { bookingId, summaryId: newId() })
    expect((await summariesOf(ownBooking))[0]?.expiresAt).toEqual(new Date('2026-08-14T09:45:00Z'))
    expect((await summariesOf(otherBooking))[0]?.expiresAt).toEqual(new Date('2026-08-24T09:45:00Z'))
    await fresh.database.aiConfiguration.deleteMany()
  })

  test('keeps it for the retention setting if there is no configuration', async () => {
    const setting = { id: newId(), key: 'summaries.retentionDays', value: 30 }
    await fresh.database.systemSetting.create({ data: setting })
    const bookingId = await addBooking(deps, pastor)
    await generateSummary(deps, { bookingId, summaryId: newId() })
    await fresh.database.systemSetting.delete({ where: { id: setting.id } })
    expect((await summariesOf(bookingId))[0]?.expiresAt).toEqual(new Date('2026-09-03T09:45:00Z'))
  })

  test('replaces the older summaries, and logs it', async () => {
    const bookingId = await addBooking(deps, pastor)
    await addSummary(deps, pastor, bookingId, 'An older one.')
    const summaryId = newId()
    await generateSummary(deps, { bookingId, summaryId })
    expect((await summariesOf(bookingId)).map(({ id }) => id)).toEqual([summaryId])
    expect(await actionsOf(bookingId)).toEqual(expect.arrayContaining(['summary.written', 'summary.purged']))
  })

  test('writes a summary for a booking without an intake, and logs no read', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: null, columns: { attendees: [{ name: 'Jorge Lima' }] } })
    await generateSummary(deps, { bookingId, summaryId: newId() })
    expect(await actionsOf(bookingId)).toEqual(['summary.written'])
    expect(await textOf(bookingId)).toMatch(/^Jorge Lima meets you .* Nothing was written in the booking form\.$/)
  })

  test.each(['cancelled', 'rejected', 'rescheduled'] as const)(
    'opens and writes nothing for a booking that is %s',
    async (status) => {
      const bookingId = await addBooking(deps, pastor, { columns: { status } })
      expect(await generateSummary(deps, { bookingId, summaryId: newId() })).toBe('booking_closed')
      expect(await actionsOf(bookingId)).toEqual([])
      expect(await summariesOf(bookingId)).toEqual([])
    },
  )

  // Fails if 'booking_closed' is returned before older summaries are checked.
  test.each([{ sensitivity: 'High' }, { sensitivity: 'Medium', isAnonymous: true }] as const)(
    'deletes the summary of a closed booking whose plaintext now reveals too much: %o',
    async (now) => {
      const bookingId = await addBooking(deps, pastor)
      await generateSummary(deps, { bookingId, summaryId: newId() })
      const [summary] = await summariesOf(bookingId)
      expect(JSON.stringify(summary?.metadata)).toContain('Maria')
      await fresh.database.booking.updateMany({ where: { id: bookingId }, data: { status: 'cancelled', ...now } })
      expect(await generateSummary(deps, { bookingId, summaryId: newId() })).toBe('booking_closed')
      expect(await summariesOf(bookingId)).toEqual([])
      const purged = await fresh.database.auditLog.findMany({ where: { bookingId, action: 'summary.purged' } })
      expect(purged).toMatchObject([{ resourceId: summary?.id, userId: null, metadata: { reason: 'replaced' } }])
    },
  )

  test.each([{ sensitivity: 'Medium' }, { sensitivity: 'High' }, { sensitivity: 'Low', isAnonymous: true }] as const)(
    'keeps the summary of a booking that is closed unchanged: %o',
    async (columns) => {
      const bookingId = await addBooking(deps, pastor, { columns })
      await generateSummary(deps, { bookingId, summaryId: newId() })
      const before = await summariesOf(bookingId)
      await fresh.database.booking.updateMany({ where: { id: bookingId }, data: { status: 'cancelled' } })
      expect(await generateSummary(deps, { bookingId, summaryId: newId() })).toBe('booking_closed')
      expect(before).toHaveLength(1)
      expect(await summariesOf(bookingId)).toEqual(before)
    },
  )

  test('does nothing for a deleted booking', async () => {
    expect(await generateSummary(deps, { bookingId: newId(), summaryId: newId() })).toBe('booking_gone')
  })

  test('fails with UNREADABLE, logged as the system, if the intake was encrypted for another owner', async () => {
    const bookingId = await addBooking(deps, pastor)
    const aadContext = { column: 'bookings.encryptedIntakeData', rowId: bookingId, ownerId: newId() } as const
    const sealed = await deps.vault.encrypt('{}', aadContext)
    await fresh.database
      .$executeRaw`UPDATE bookings SET "encryptedIntakeData" = ${sealed} WHERE id = ${bookingId}::uuid`
    await expect(generateSummary(deps, { bookingId, summaryId: newId() })).rejects.toBeInstanceOf(UnreadableError)
    expect(await actionsOf(bookingId)).toEqual(['intake.read', 'vault.unreadable'])
    expect(await summariesOf(bookingId)).toEqual([])
  })

  test('opens nothing if the log can’t be written', async () => {
    const bookingId = await addBooking(deps, pastor)
    await fresh.database.$executeRaw`ALTER TABLE audit_logs RENAME TO audit_logs_away`
    let opened = 0
    const vault: Vault = {
      ...deps.vault,
      decrypt: (...args) => deps.vault.decrypt(...args).finally(() => (opened += 1)),
    }
    try {
      const refused = generateSummary({ ...deps, vault }, { bookingId, summaryId: newId() })
      await expect(refused).rejects.toBeInstanceOf(AuditUnavailableError)
    } finally {
      await fresh.database.$executeRaw`ALTER TABLE audit_logs_away RENAME TO audit_logs`
    }
    expect(opened).toBe(0)
    expect(await summariesOf(bookingId)).toEqual([])
  })
})

describe('generateSummary, run twice or concurrently', () => {
  test('finds its own summary when the same job runs again', async () => {
    const bookingId = await addBooking(deps, pastor)
    const summaryId = newId()
    await generateSummary(deps, { bookingId, summaryId })
    expect(await generateSummary(deps, { bookingId, summaryId })).toBe('already_written')
    expect(await changesOf(bookingId)).toHaveLength(1)
  })

  test('leaves one summary from many concurrent runs, and notifies subscribers once', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: { notes: 'Once.' } })
    const runs = Array.from({ length: 6 }, () => generateSummary(deps, { bookingId, summaryId: newId() }))
    const outcomes = await Promise.all(runs)
    const written = outcomes.filter((outcome) => outcome === 'written')
    expect(await summariesOf(bookingId)).toHaveLength(1)
    expect(await changesOf(bookingId)).toHaveLength(written.length)
    expect(await textOf(bookingId)).toContain('Once.')
  })

  // Fails if any running job makes the others wait: each wait used up an attempt.
  test('of several jobs, the one that starts last does the work, once the earlier ones are done', async () => {
    const bookingId = await addBooking(deps, pastor)
    const at = (minute: number) => new Date(Date.UTC(2026, 7, 1, 11, minute))
    const order = async (status: 'pending' | 'processing', attempts: number, startedAt: Date | null) => {
      const job = { id: newId(), jobType: 'generateSummary', payload: { bookingId }, maxAttempts: 5 } as const
      await fresh.database.workerJob.create({ data: { ...job, status, attempts, startedAt } })
      return job.id
    }
    const run = (summaryId: string) => generateSummary(deps, { bookingId, summaryId })
    const end = (id: string) => fresh.database.workerJob.update({ where: { id }, data: { status: 'completed' } })
    const [first, second] = [await order('processing', 1, at(1)), await order('processing', 1, at(2))]
    expect(await run(first)).toBe('superseded')
    await expect(run(second)).rejects.toThrow(ConflictError)
    await end(first)

    // A job that has failed as often may fail for good, so this one isn't left to it.
    const [retried, waiting] = [await order('pending', 1, null), await order('pending', 0, null)]
    expect(await run(second)).toBe('superseded')
    await end(waiting)
    expect(await run(second)).toBe('written')
    await end(second)
    await end(retried)
  })

  test('accepts another summary written meanwhile from the same state', async () => {
    const bookingId = await addBooking(deps, pastor)
    const other = () => generateSummary(deps, { bookingId, summaryId: newId() })
    const outcome = await generateSummary({ ...deps, vault: vaultThatRuns(other) }, { bookingId, summaryId: newId() })
    expect(outcome).toBe('already_written')
    expect(await summariesOf(bookingId)).toHaveLength(1)
    expect(await changesOf(bookingId)).toHaveLength(1)
  })

  test('rewrites the summary of a booking that moved to another month meanwhile', async () => {
    const bookingId = await addBooking(deps, pastor)
    const move = () => fresh.database.$executeRaw`
      UPDATE bookings SET "startTime" = "startTime" + interval '2 months', "endTime" = "endTime" + interval '2 months'
      WHERE id = ${bookingId}::uuid`
    await generateSummary({ ...deps, vault: vaultThatRuns(move) }, { bookingId, summaryId: newId() })
    expect(await textOf(bookingId)).toContain('Sunday 4 October at 10:00')
    expect(await changesOf(bookingId)).toHaveLength(1)
  })

  test('includes an answer that arrived meanwhile', async () => {
    const bookingId = await addBooking(deps, pastor)
    const answer = () => addFormResponse(deps, pastor, bookingId, [{ slug: 'q', label: 'Q', values: ['Late'] }])
    await generateSummary({ ...deps, vault: vaultThatRuns(answer) }, { bookingId, summaryId: newId() })
    expect(await textOf(bookingId)).toContain('Q: “Late”')
  })

  test('writes none for a booking that was cancelled meanwhile', async () => {
    const bookingId = await addBooking(deps, pastor)
    const cancel = () =>
      fresh.database.$executeRaw`UPDATE bookings SET status = 'cancelled' WHERE id = ${bookingId}::uuid`
    const outcome = await generateSummary({ ...deps, vault: vaultThatRuns(cancel) }, { bookingId, summaryId: newId() })
    expect(outcome).toBe('booking_closed')
    expect(await summariesOf(bookingId)).toEqual([])
  })

  test('writes none for a booking that was deleted meanwhile', async () => {
    const bookingId = await addBooking(deps, pastor, { intake: null })
    const remove = () => fresh.database.bookingKey.delete({ where: { id: bookingId } })
    const outcome = await generateSummary({ ...deps, vault: vaultThatRuns(remove) }, { bookingId, summaryId: newId() })
    expect(outcome).toBe('booking_gone')
  })

  test('encrypts for the new owner if the booking was handed over meanwhile', async () => {
    const next = await addPerson(fresh.database, 'pastor')
    const bookingId = await addBooking(deps, pastor, { intake: null })
    const handOver = () =>
      fresh.database.$executeRaw`UPDATE bookings SET "userId" = ${next.userId}::uuid WHERE id = ${bookingId}::uuid`
    await generateSummary({ ...deps, vault: vaultThatRuns(handOver) }, { bookingId, summaryId: newId() })
    expect(await textOf(bookingId, next)).toContain('meets you')
    await expect(textOf(bookingId, pastor)).rejects.toThrow()
  })

  test('fails with CONFLICT, to be retried, for a booking that keeps changing', async () => {
    const bookingId = await addBooking(deps, pastor)
    let minutes = 0
    const changingVault: Vault = {
      ...deps.vault,
      async encrypt(plaintext, aadContext) {
        minutes += 1
        await fresh.database.$executeRaw`UPDATE bookings SET duration = ${minutes} WHERE id = ${bookingId}::uuid`
        return deps.vault.encrypt(plaintext, aadContext)
      },
    }
    const attempt = generateSummary({ ...deps, vault: changingVault }, { bookingId, summaryId: newId() })
    await expect(attempt).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
