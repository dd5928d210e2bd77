import { recordAudit } from '../../src/core/audit/record.ts'
import { sessionIdOf } from '../../src/core/sessions/token.ts'
import { newId } from '../../src/platform/ids.ts'
import { auditEntry } from '../support/audit-log.ts'
import { addBooking, addFormResponse, addSummary, addWebhookEndpoint } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

/** The number of rows that each list has at least. */
export const rowsPerList = 11

const day = (of: number) => new Date(Date.UTC(2026, 7, 1 + (of % 4), 9, 0, 0, 1 + (of % 3)))
const statuses = ['pending', 'confirmed', 'cancelled', 'completed', 'no_show'] as const
const texts = ['anna', 'Bernd', 'čeněk', 'anna', 'Zoë', '100%'] as const
const textOf = (of: number) => texts[of % texts.length] ?? ''
const orNull = (of: number) => (of % 3 === 0 ? null : day(of))

/** A church in which an admin finds at least `rowsPerList` rows in each list of the schema, with ties and nulls. */
export type ListedChurch = Readonly<{ church: RunningChurch; bookingId: string; otherBookingId: string }>

export async function openListedChurch(): Promise<ListedChurch> {
  const church = await startChurch({ runsJobs: false })
  const { deps, pastor } = church
  const bookingIds: string[] = []
  const endpointIds: string[] = []
  for (let at = 0; at < rowsPerList; at++) {
    bookingIds.push(await addOrderedBooking(church, at))
    await addPeopleAndAccess(church, at)
    await addJobsAndDeliveries(church, at)
    endpointIds.push(await addEndpoint(church, at))
  }
  const [bookingId = '', otherBookingId = ''] = bookingIds
  for (let at = 0; at < rowsPerList; at++) {
    for (const id of [bookingId, otherBookingId]) {
      const summaryId = await addSummary(deps, pastor, id, 'Words')
      await deps.database.contextSummary.update({ where: { id: summaryId }, data: { createdAt: day(at) } })
      const responseId = await addFormResponse(deps, pastor, id, [])
      const form = { update: { name: textOf(at), createdAt: day(at), updatedAt: day(at + 1) } }
      await deps.database.formResponse.update({ where: { id: responseId }, data: { createdAt: day(at), form } })
    }
    await addMessage(church, endpointIds[0] ?? '', at)
  }
  const entries = [bookingId, otherBookingId].flatMap((id) =>
    Array.from({ length: rowsPerList }, () => auditEntry({ bookingId: id })),
  )
  await deps.database.$transaction((tx) => recordAudit(tx, entries))
  return { church, bookingId, otherBookingId }
}

function addOrderedBooking({ deps, pastor }: RunningChurch, at: number): Promise<string> {
  const columns = {
    startTime: day(at),
    endTime: new Date(Date.UTC(2200, 0, 1)),
    createdAt: day(at),
    updatedAt: day(at + 1),
    duration: 15 * (1 + (at % 3)),
    status: statuses[at % statuses.length] ?? 'pending',
  } as const
  return addBooking(deps, pastor, { intake: null, columns })
}

async function addPeopleAndAccess({ deps: { database }, pastor, admin }: RunningChurch, at: number) {
  const id = newId()
  await database.user.create({
    data: {
      id,
      role: 'pastor',
      email: `${textOf(at)}${at}@church.example`,
      name: textOf(at),
      churchName: textOf(at + 1),
      calUserId: id,
      schedulingUsername: id,
      schedulingLink: `https://cal.example/${id}`,
      createdAt: day(at),
      lastLoginAt: orNull(at),
    },
  })
  const later = new Date(Date.now() + 86_400_000)
  const session = { id: sessionIdOf(newId()), userId: admin.userId, expiresAt: later, createdAt: day(at) }
  await database.session.create({ data: session })
  const token = {
    id: newId(),
    userId: pastor.userId,
    name: 'A token',
    prefix: 'chub_',
    scopes: ['bookings:read'],
    expiresAt: later,
  }
  await database.apiToken.create({ data: { ...token, tokenHash: sessionIdOf(newId()), createdAt: day(at) } })
  await database.schedulingPolicy.create({
    data: { id: newId(), userId: pastor.userId, isActive: false, createdAt: day(at) },
  })
  const configuration = { provider: 'local', model: 'a model', promptTemplate: '{{form}}', isActive: false } as const
  await database.aiConfiguration.create({ data: { ...configuration, id: newId(), createdAt: day(at) } })
}

async function addJobsAndDeliveries({ deps: { database } }: RunningChurch, at: number) {
  const times = { createdAt: day(at), scheduledFor: orNull(at), startedAt: orNull(at + 1), completedAt: orNull(at + 2) }
  await database.workerJob.create({
    data: { id: newId(), jobType: 'generateSummary', status: 'failed', payload: {}, ...times },
  })
  const delivery = { trigger: 'BOOKING_CREATED', outcome: 'applied', receivedAt: day(at) }
  await database.webhookDelivery.create({ data: { id: newId(), digest: String(at).padStart(64, '0'), ...delivery } })
}

function addEndpoint({ deps: { database }, admin }: RunningChurch, at: number): Promise<string> {
  // The first is the oldest, and stays so.
  return addWebhookEndpoint(database, admin, { createdAt: at === 0 ? new Date(0) : day(at) })
}

async function addMessage({ deps: { database } }: RunningChurch, endpointId: string, at: number) {
  const times = { happenedAt: day(at), createdAt: day(at), finishedAt: day(at) }
  await database.webhookMessage.create({
    data: { id: newId(), endpointId, type: 'booking.created', status: 'failed', attempts: 1, ...times },
  })
}
