import { expect } from 'vitest'
import { bookingWebhook, type SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { bookingNumber, stateOf } from '../../support/cal.ts'
import type { BreakablePostgres } from './breakable-postgres.ts'
import { type Node, startNode } from './node.ts'
import { openParish, type Parish, settled } from './parish.ts'
import { atOnce, complaintsAbout, sendUntilAcknowledged, webhooksOfSequences } from './traffic.ts'
import { signInAt, startWebhookLoad, type WebhookLoad, type WebhookLoadOptions } from './webhook-load.ts'

/** What every storm of this kind is made of. Their bookings are not the pastor's own, which come before. */
const loadWebhooks: readonly SimulatedWebhook[] = webhooksOfSequences(120)

/** What a fault is done to: two servers over one database, with traffic on both of them. */
export type TwoNodes = Readonly<{
  nodes: [Node, Node]
  parish: Parish
  storm: WebhookLoad
  cookie: string
  url: string
}>

/** How a storm ended: what the bookings are then, but for those that the storm itself wrote to. */
export type Outcome = Awaited<ReturnType<typeof outcomeOf>>

/** The bookings that the pastor opens, and those that the pastor writes to, whose summaries come and go. */
const own = { read: [1, 2, 3, 4], written: [5, 6, 7, 8] }

/** What a serial run of the same webhooks makes of them: one node, one at a time, in the order in which they happened. */
export async function runSerially(postgres: BreakablePostgres, name: string): Promise<Outcome> {
  const url = await postgres.makeDatabase(name)
  const parish = await openParish(url)
  const node = await startNode(url)
  await bookOwn(node)
  await atOnce(1, loadWebhooks, (webhook) => acknowledgedBy(node, webhook))
  await settled(parish.database)
  await node.end('SIGTERM')
  const outcome = await outcomeOf(parish)
  await parish.close()
  return outcome
}

type TwoNodesOptions = Readonly<{
  postgres: BreakablePostgres
  /** Of the database that is made for it. */
  name: string
  /** What the end has to be equal to. */
  serial: Outcome
  variables?: Record<string, string>
  /** How the nodes reach the database; as the test does unless said otherwise. */
  urlOf?: (url: string) => string
  storm?: Pick<WebhookLoadOptions, 'paceMs' | 'allowed'>
}>

/**
 * Two servers on one database with webhooks, readings and writings on both, while `fault` does something to them. Fails unless
 * then both are healthy within 30 s, nothing that was acknowledged is lost, every word that was given is on record, no
 * answer told what it may not, and all ends as the serial run did.
 */
export async function withTwoNodes(options: TwoNodesOptions, fault: (scene: TwoNodes) => Promise<void>): Promise<void> {
  const { postgres, name, serial, variables, urlOf = (same) => same } = options
  const url = await postgres.makeDatabase(name)
  const parish = await openParish(url)
  const nodes: [Node, Node] = await Promise.all([startNode(urlOf(url), variables), startNode(urlOf(url), variables)])
  try {
    await bookOwn(nodes[0])
    await settled(parish.database)
    const cookie = await signInAt(nodes[0].url)
    const urls = () => nodes.map((node) => node.url)
    const toWrite = await idsOfWritten(parish)
    const storm = startWebhookLoad({ urls, webhooks: loadWebhooks, cookie, toWrite, ...options.storm })
    try {
      await fault({ nodes, parish, storm, cookie, url })
      await Promise.all(nodes.map((node) => node.ready(30)))
    } finally {
      await storm.end()
    }
    await appliedAll(parish)
    await settled(parish.database)
    expect(storm.complaints, nodes.map(unexpectedIn).join('\n')).toEqual([])
    expect(nodes.map((node) => node.hasEnded())).toEqual([false, false])
    await nothingIsLost(parish, storm)
    expect(await outcomeOf(parish)).toEqual(serial)
  } finally {
    for (const node of nodes) await node.end('SIGTERM')
    await parish.close()
  }
}

/** Waits for what was kept and could not be applied at once; a job tries it again. */
async function appliedAll({ database }: Parish): Promise<void> {
  await expect
    .poll(() => database.webhookDelivery.count({ where: { outcome: 'received' } }), { timeout: 90_000, interval: 250 })
    .toBe(0)
}

async function nothingIsLost({ database }: Parish, storm: WebhookLoad): Promise<void> {
  expect(storm.openings()).toBeGreaterThan(0)
  const onRecord = await database.auditLog.count({ where: { action: 'summary.read' } })
  expect(onRecord).toBeGreaterThanOrEqual(storm.openings())
  expect(storm.written.size).toBe(own.written.length)
  for (const [globalId, sensitivity] of storm.written) {
    const id = rowIdOf(globalId)
    const booking = await database.booking.findUniqueOrThrow({ where: { id }, select: { sensitivity: true } })
    expect(booking.sensitivity.toUpperCase()).toBe(sensitivity)
  }
  // Nor was a change lost to those who follow: the log is numbered without a gap, and no booking has two summaries.
  const [log] = await database.$queryRaw<{ rows: bigint; last: bigint }[]>`
    SELECT count(*) AS rows, max(number) AS last FROM booking_changes`
  expect(log?.rows).toBe(log?.last)
}

async function outcomeOf(parish: Parish) {
  const { bookings, forms } = await stateOf(parish)
  const written = new Set(own.written.map((number) => bookingNumber(number).uid))
  // A booking that is closed may have had one written before it was, or not.
  const summaries = await parish.database.$queryRaw<{ uid: string; summaries: number }[]>`
    SELECT b."calBookingUid" AS uid, count(s.id)::int AS summaries
    FROM bookings b LEFT JOIN context_summaries s ON s."bookingId" = b.id
    WHERE b.status NOT IN ('cancelled', 'rejected', 'rescheduled') GROUP BY 1 ORDER BY 1`
  return { bookings: bookings.filter(({ calBookingUid }) => !written.has(calBookingUid ?? '')), forms, summaries }
}

/** Before any other booking, so that a list begins with those that are read. */
async function bookOwn(node: Node): Promise<void> {
  for (const number of [...own.read, ...own.written]) {
    const booking = bookingNumber(number, { start: new Date(Date.UTC(2026, 1, number, 9)) })
    await acknowledgedBy(node, bookingWebhook('BOOKING_CREATED', new Date('2026-01-20T08:00:00Z'), booking))
  }
}

async function acknowledgedBy(node: Node, webhook: SimulatedWebhook): Promise<void> {
  await sendUntilAcknowledged(
    () => [node.url],
    webhook,
    (sent) => expect(complaintsAbout(sent, [200])).toEqual([]),
  )
}

async function idsOfWritten({ database }: Parish): Promise<string[]> {
  const uids = own.written.map((number) => bookingNumber(number).uid)
  const bookings = await database.booking.findMany({ where: { calBookingUid: { in: uids } }, select: { id: true } })
  return bookings.map(({ id }) => Buffer.from(`Booking:${id}`).toString('base64'))
}

function rowIdOf(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
}

/** What a node did not expect, for whoever reads a failure. */
function unexpectedIn(node: Node): string {
  const lines = node.output().split('\n')
  return lines
    .filter((line) => line.includes('unexpected error'))
    .slice(0, 5)
    .join('\n')
}
