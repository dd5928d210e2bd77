import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { newId } from '../../src/platform/ids.ts'
import type { PageQuery } from '../docs/queries-page.ts'
import { bookingNumber, deliver, pastorAnna } from './cal.ts'
import { addBooking, addFormResponse, addSummary, addWebhookEndpoint } from './parish.ts'
import { type RunningChurch, startChurch } from './running-church.ts'

/** The IDs used in docs/queries.md. */
const numbered = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
/** At nine in the morning, as many days from today. */
const dayMs = 86_400_000
const at = (days: number) => new Date(Math.floor(Date.now() / dayMs + days) * dayMs + 9 * 3_600_000)
const today = at(0)
/** The time of the booking delivered by Cal.com, outside every range on the page. */
const delivered = at(-500)

/** A church with a row for each query of docs/queries.md, with the IDs and times used on the page. */
export async function startQueriedChurch(): Promise<RunningChurch> {
  const church = await startChurch({ runsJobs: false })
  await addPeople(church)
  await addBookings(church)
  await addAuditEntries(church)
  await addJobs(church)
  await addWebhooks(church)
  const { deps, pastor } = church
  await deps.database.schedulingPolicy.create({ data: { id: newId(), userId: pastor.userId } })
  return church
}

/**
 * A query's variables for this church. A booking that its owner changes must come from Cal.com, so its ID replaces the one on
 * the page.
 */
export async function lineIn(church: RunningChurch, { curl, reader }: PageQuery): Promise<string> {
  const line = curl.replaceAll('localhost:4000', new URL(church.url).host)
  if (reader !== 'owner') return line
  const { id } = await church.deps.database.booking.findFirstOrThrow({ where: { startTime: delivered } })
  return line.replace(globalId('Booking', numbered(1)), globalId('Booking', id))
}

/** Reverts what the page's mutations do, so that each can be sent again. */
export async function revertMutations({ deps: { database } }: RunningChurch): Promise<void> {
  await database.user.update({ where: { id: numbered(2) }, data: { isActive: true } })
  await database.workerJob.update({ where: { id: numbered(1) }, data: { status: 'failed', completedAt: today } })
  await database.webhookMessage.update({
    where: { id: numbered(1) },
    data: { status: 'failed', nextAttemptAt: null, finishedAt: today },
  })
}

async function addPeople({ deps }: RunningChurch) {
  for (const [number, lastLoginAt] of [today, at(-60)].entries()) {
    const id = numbered(number + 1)
    const email = `${id}@church.example`
    await deps.database.user.create({
      data: {
        id,
        role: 'pastor',
        email,
        name: 'Another Pastor',
        churchName: 'Test Church',
        calUserId: id,
        schedulingUsername: id,
        schedulingLink: `https://cal.example/${id}`,
        lastLoginAt,
      },
    })
  }
}

async function addBookings({ deps, pastor }: RunningChurch) {
  const another = { userId: numbered(1) }
  const times = { startTime: today, endTime: new Date(today.getTime() + 45 * 60_000) }
  await addBooking(deps, pastor, { id: numbered(1), columns: times })
  await addBooking(deps, another, { id: numbered(2), columns: times })
  const summaryId = await addSummary(deps, another, numbered(2), 'Words that no token reads')
  await deps.database.contextSummary.update({ where: { id: summaryId }, data: { expiresAt: at(3) } })
  const { email, username } = pastor
  const calPastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email, username }
  const booking = bookingNumber(1, { pastor: calPastor, start: delivered })
  await deliver(deps, bookingWebhook('BOOKING_CREATED', delivered, booking))
  for (const status of ['confirmed', 'confirmed', 'confirmed', 'confirmed', 'cancelled'] as const) {
    // Five for each pastor, because smaller groups are suppressed.
    for (const owner of [pastor, another]) await addBooking(deps, owner, { columns: { ...times, status } })
  }
  const responseId = await addFormResponse(deps, pastor, numbered(1), [])
  await deps.database.formResponse.update({ where: { id: responseId }, data: { createdAt: today } })
}

async function addAuditEntries({ deps, pastor }: RunningChurch) {
  for (const action of ['summary.read', 'summary.read_denied']) {
    await deps.database.$executeRaw`
      INSERT INTO audit_logs (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", metadata, "createdAt")
      VALUES (${newId()}::uuid, ${pastor.userId}::uuid, ${numbered(1)}::uuid, ${action}, 'context_summary', ${newId()},
        '203.0.113.7', '{}', ${today}::timestamptz)`
  }
}

async function addJobs({ deps }: RunningChurch) {
  const job = { jobType: 'generateSummary', payload: {} } as const
  await deps.database.workerJob.create({
    data: { ...job, id: numbered(1), status: 'failed', error: 'INTERNAL', attempts: 3, completedAt: today },
  })
  await deps.database.workerJob.create({ data: { ...job, id: newId(), status: 'pending', scheduledFor: today } })
}

async function addWebhooks({ deps, admin }: RunningChurch) {
  const endpointId = await addWebhookEndpoint(deps.database, admin)
  const messageId = numbered(1)
  await deps.database.webhookMessage.create({
    data: {
      id: messageId,
      endpointId,
      type: 'booking.created',
      status: 'failed',
      attempts: 1,
      happenedAt: today,
      finishedAt: today,
    },
  })
  await deps.database.webhookAttempt.create({
    data: { messageId, number: 1, statusCode: 500, errorCode: 'REFUSED', durationMs: 12, startedAt: today },
  })
  await deps.database.webhookDelivery.create({
    data: {
      id: newId(),
      digest: '0'.repeat(64),
      trigger: 'BOOKING_CREATED',
      outcome: 'unknown_organizer',
      organizer: 'somebody-new',
      receivedAt: today,
    },
  })
}
