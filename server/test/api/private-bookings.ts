import { afterAll, beforeAll, expect } from 'vitest'
import { bookingWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import { generateSummary } from '../../src/features/summaries/generate/generate-summary.ts'
import { newId } from '../../src/platform/ids.ts'
import { bookingNumber, pastorAnna, signatureOf } from '../support/cal.ts'
import { type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

/** Text that must only be stored encrypted. */
export const severeText = 'I want to kill myself'

export let church: RunningChurch
export let pastor: typeof pastorAnna
export let colleague: typeof pastorAnna
let number = 1_000

/** Starts a church for the tests of this file, and closes it afterwards. */
export function useChurch(): void {
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false })
    pastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email: church.pastor.email, username: church.pastor.username }
    const { email, username } = church.otherPastor
    colleague = { ...pastorAnna, id: 2, name: 'Pastor Lydia', email, username }
  })
  afterAll(() => church.close())
}

export const projectBooking = (overrides: Partial<SimulatedBooking> = {}): SimulatedBooking => {
  number += 10
  return bookingNumber(number, { pastor, ...overrides })
}
export const at = (minute: number) => new Date(Date.UTC(2026, 7, 20, 8, minute))
export const created = (booking: SimulatedBooking, minute = 0, details: Record<string, unknown> = {}) =>
  bookingWebhook('BOOKING_CREATED', at(minute), booking, details)

/** The rescheduled booking that replaces another, as Cal.com sends it, with empty answers. */
export function successorOf(booking: SimulatedBooking, overrides: Partial<SimulatedBooking> = {}): SimulatedBooking {
  number += 1
  return {
    ...booking,
    uid: `uid-${number}`,
    bookingId: number,
    sequence: booking.sequence + 1,
    start: new Date(booking.start.getTime() + 86_400_000),
    notes: '',
    answers: [],
    rescheduledFrom: { uid: booking.uid, bookingId: booking.bookingId, start: booking.start },
    ...overrides,
  }
}
export const rescheduled = (booking: SimulatedBooking, minute = 5, trigger = 'BOOKING_RESCHEDULED') =>
  bookingWebhook(trigger, at(minute), booking, { responses: {}, userFieldsResponses: {} })

export async function post(webhook: unknown): Promise<void> {
  const body = JSON.stringify(webhook)
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const response = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
}

export const rowOf = ({ uid }: { uid: string }) =>
  church.deps.database.booking.findFirstOrThrow({ where: { calBookingUid: uid }, include: { key: true } })
export const globalId = async (booking: SimulatedBooking) =>
  Buffer.from(`Booking:${(await rowOf(booking)).id}`).toString('base64')

export const shown = `query($id: ID!) { booking(id: $id) {
  title description redactedDescription eventTypeTitle timeZone location sensitivity isAnonymous attendeeCount
  attendees { name email timeZone } } }`
const sealed = `query($id: ID!) { booking(id: $id) { intake {
  notes location title cancellationReason rejectionReason answers { slug label values }
  attendees { name email } contacts { name email phoneNumber } } } }`

type Shown = { booking: Record<string, unknown> & { sensitivity: string; isAnonymous: boolean } }
type Intake = {
  notes: string | null
  location: string | null
  cancellationReason: string | null
  answers: { slug: string; values: string[] }[]
  attendees: { name: string; email: string | null }[]
  contacts: { name: string | null; email: string | null; phoneNumber: string | null }[]
}

export async function bookingFor(person: Person, booking: SimulatedBooking): Promise<Shown['booking']> {
  const { data, errors } = await church.ask<Shown>(person, shown, { id: await globalId(booking) })
  expect(errors).toBeUndefined()
  if (!data) throw new Error('no booking')
  return data.booking
}

export async function intakeOf(booking: SimulatedBooking, person = church.pastor): Promise<Intake> {
  const answer = await church.ask<{ booking: { intake: Intake } }>(person, sealed, { id: await globalId(booking) })
  if (!answer.data) throw new Error(JSON.stringify(answer.errors))
  return answer.data.booking.intake
}

export async function setSensitivity(
  booking: SimulatedBooking,
  sensitivity: string,
  person = church.pastor,
): Promise<void> {
  const mutation = `mutation($input: SetBookingSensitivityInput!) {
    setBookingSensitivity(input: $input) { booking { sensitivity } } }`
  const input = { bookingId: await globalId(booking), sensitivity }
  expect((await church.ask(person, mutation, { input })).errors).toBeUndefined()
}

export async function setAnonymity(booking: SimulatedBooking, isAnonymous: boolean): Promise<unknown> {
  const mutation = `mutation($input: SetBookingAnonymityInput!) {
    setBookingAnonymity(input: $input) { booking { isAnonymous } } }`
  const answer = await church.ask(church.pastor, mutation, {
    input: { bookingId: await globalId(booking), isAnonymous },
  })
  return answer.errors?.[0]?.extensions.code
}

/** Every sensitivity that the log and the change feed have shown for a booking. */
export async function allShown(booking: SimulatedBooking): Promise<unknown[]> {
  const { id } = await rowOf(booking)
  const entries = await church.deps.database.auditLog.findMany({
    where: { bookingId: id, action: { startsWith: 'booking.' } },
    orderBy: { id: 'asc' },
  })
  // The metadata of these entries is an object.
  return entries.map(({ metadata }) => (metadata as { sensitivity?: string }).sensitivity).filter(Boolean)
}

/** Every plaintext column of a booking and of its summaries, form responses and deliveries, as one text. */
export async function plaintextOf(booking: SimulatedBooking): Promise<string> {
  const { id, userId, eventTypeId } = await rowOf(booking)
  const { database } = church.deps
  const rows = await Promise.all([
    database.booking.findMany({ where: { id }, omit: { encryptedIntakeData: true }, include: { key: true } }),
    database.contextSummary.findMany({ where: { bookingId: id }, omit: { encryptedSummary: true } }),
    database.form.findMany({ where: { userId, eventTypeId } }),
    database.eventType.findMany({ where: { userId, eventTypeId } }),
    database.formResponse.findMany({ where: { bookingId: id }, omit: { encryptedData: true } }),
    database.webhookDelivery.findMany({ where: { bookingId: id }, omit: { sealedBody: true } }),
    database.auditLog.findMany({ where: { bookingId: id } }),
  ])
  return JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
}

export async function briefOf(booking: SimulatedBooking): Promise<string> {
  const { id } = await rowOf(booking)
  expect(await generateSummary(church.deps, { bookingId: id, summaryId: newId() })).toBe('written')
  const query = 'query($id: ID!) { booking(id: $id) { contextSummaries { nodes { content { text } } } } }'
  type Answer = { booking: { contextSummaries: { nodes: { content: { text: string } }[] } } }
  const { data } = await church.ask<Answer>(church.pastor, query, { id: await globalId(booking) })
  return data?.booking.contextSummaries.nodes[0]?.content.text ?? ''
}
