import { expect } from 'vitest'
import { bookingWebhook, type SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { bookingNumber, stateOf } from '../../support/cal.ts'
import type { BreakablePostgres } from './breakable-postgres.ts'
import { type Node, startNode } from './node.ts'
import { openParish, type Parish, settled } from './parish.ts'
import { atOnce, complaintsAbout, sendUntilAcknowledged, webhooksOfSequences } from './traffic.ts'
import { signInAt, startWebhookLoad, type WebhookLoad, type WebhookLoadOptions } from './webhook-load.ts'

/** The webhooks of every load of this kind. Their bookings differ from the pastor's own, which come first. */
const loadWebhooks: readonly SimulatedWebhook[] = webhooksOfSequences(120)

/** The target of a fault: two servers on one database, with traffic on both. */
export type TwoNodes = Readonly<{
  nodes: [Node, Node]
  parish: Parish
  load: WebhookLoad
  cookie: string
  url: string
}>

/** The final state of the bookings, except those that the load itself writes to. */
export type Outcome = Awaited<ReturnType<typeof outcomeOf>>

/** The bookings that the pastor opens, and those that the pastor changes, whose summaries come and go. */
const own = { read: [1, 2, 3, 4], written: [5, 6, 7, 8] }

/** The outcome of a serial run of the same webhooks: one node, one at a time, in chronological order. */
export async function runSerially(postgres: BreakablePostgres): Promise<Outcome> {
  const url = await postgres.makeDatabase('serial')
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
  /** The name of the database to create. */
  name: string
  /** The expected outcome. */
  serial: Outcome
  variables?: Record<string, string>
  /** How the nodes reach the database; by default as the test does. */
  urlOf?: (url: string) => string
  load?: Pick<WebhookLoadOptions, 'paceMs' | 'allowed'>
}>

/**
 * Runs two servers on one database with webhooks, reads and writes on both, while `fault` disturbs them. Fails unless
 * afterwards both are healthy within 30 s, nothing acknowledged is lost, every text returned is audited, no response
 * leaked anything, and the outcome equals the serial run's.
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
    const load = startWebhookLoad({ urls, webhooks: loadWebhooks, cookie, toWrite, ...options.load })
    try {
      await fault({ nodes, parish, load, cookie, url })
      await Promise.all(nodes.map((node) => node.ready(30)))
    } finally {
      await load.end()
    }
    await appliedAll(parish)
    await settled(parish.database)
    expect(load.complaints, nodes.map(unexpectedIn).join('\n')).toEqual([])
    expect(nodes.map((node) => node.hasEnded())).toEqual([false, false])
    await nothingIsLost(parish, load)
    expect(await outcomeOf(parish)).toEqual(serial)
  } finally {
    for (const node of nodes) await node.end('SIGTERM')
    await parish.close()
  }
}

/** Waits for pending deliveries that could not be applied at once; a job retries them. */
async function appliedAll({ database }: Parish): Promise<void> {
  await expect
    .poll(() => database.webhookDelivery.count({ where: { outcome: 'received' } }), { timeout: 90_000, interval: 250 })
    .toBe(0)
}

async function nothingIsLost({ database }: Parish, load: WebhookLoad): Promise<void> {
  expect(load.openings()).toBeGreaterThan(0)
  const onRecord = await database.auditLog.count({ where: { action: 'summary.read' } })
  expect(onRecord).toBeGreaterThanOrEqual(load.openings())
  expect(load.written.size).toBe(own.written.length)
  for (const [globalId, sensitivity] of load.written) {
    const id = rowIdOf(globalId)
    const booking = await database.booking.findUniqueOrThrow({ where: { id }, select: { sensitivity: true } })
    expect(booking.sensitivity.toUpperCase()).toBe(sensitivity)
  }
  // No change was lost to its subscribers: the log's numbers have no gaps, and no booking has two summaries.
  const [log] = await database.$queryRaw<{ rows: bigint; last: bigint }[]>`
    SELECT count(*) AS rows, max(number) AS last FROM booking_changes`
  expect(log?.rows).toBe(log?.last)
}

async function outcomeOf(parish: Parish) {
  const { bookings, forms } = await stateOf(parish)
  const written = new Set(own.written.map((number) => bookingNumber(number).uid))
  // A closed booking may or may not have had a summary written before it closed.
  const summaries = await parish.database.$queryRaw<{ uid: string; summaries: number }[]>`
    SELECT b."calBookingUid" AS uid, count(s.id)::int AS summaries
    FROM bookings b LEFT JOIN context_summaries s ON s."bookingId" = b.id
    WHERE b.status NOT IN ('cancelled', 'rejected', 'rescheduled') GROUP BY 1 ORDER BY 1`
  return { bookings: bookings.filter(({ calBookingUid }) => !written.has(calBookingUid ?? '')), forms, summaries }
}

/** Before any other booking, so that a list starts with those that are read. */
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

/** A node's unexpected errors, for the failure message. */
function unexpectedIn(node: Node): string {
  const lines = node.output().split('\n')
  return lines
    .filter((line) => line.includes('unexpected error'))
    .slice(0, 5)
    .join('\n')
}
