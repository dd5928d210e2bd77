import { createHash } from 'node:crypto'
import type { Transaction } from '../../../platform/database/client.ts'
import type { Mac } from '../../vault/mac.ts'
import type { Span } from '../audit-rows.ts'

/** What a seal says of a stretch of the log, before it is vouched for. */
export type Segment = Span &
  Readonly<{
    /** From 1 on, without a gap. */
    number: number
    rowCount: number
    /** SHA-256 (hex) of the packed leaves of its rows. */
    rowsDigest: string
    /** The digest of the seal before it. */
    previousDigest: string
    sealedAt: Date
  }>

/** A row of `audit_seals`, but for its leaves. */
export type Seal = Segment & Mac & Readonly<{ digest: string }>

/** What the first seal names as the digest before it. */
export const firstPreviousDigest = '0'.repeat(64)

/** Where the first stretch begins. A row before it was never written by the server. */
export const beginningOfTime = new Date(0)

/** Two sealers at once would make two seals of one number; whoever seals, or drops what is sealed, holds this. */
export const sealingLock = 'churchhub audit seals'

/**
 * The one text that a seal's digest and MAC are over, in every version of ChurchHub. A change here makes every seal ever
 * written fail: add a `v2` beside it instead.
 */
export function sealText(stretch: Segment): string {
  return JSON.stringify([
    'churchhub audit seal v1',
    stretch.number,
    stretch.from.toISOString(),
    stretch.until.toISOString(),
    stretch.rowCount,
    stretch.rowsDigest,
    stretch.previousDigest,
    stretch.sealedAt.toISOString(),
  ])
}

/** SHA-256 (hex) of a seal's text: what the next seal is chained to. */
export function digestOfSeal(stretch: Segment): string {
  return createHash('sha256').update(sealText(stretch), 'utf8').digest('hex')
}

/** Seals by number, from `after` (exclusive) on, without their leaves. */
export async function readSeals(reader: Pick<Transaction, 'auditSeal'>, after: number, limit: number): Promise<Seal[]> {
  const rows = await reader.auditSeal.findMany({
    where: { number: { gt: after } },
    orderBy: { number: 'asc' },
    take: limit,
    omit: { leaves: true },
  })
  return rows.map(({ number, createdAt, ...seal }) => ({ ...seal, number: Number(number), sealedAt: createdAt }))
}

/** The newest seal, or null before the first. */
export async function readNewestSeal(reader: Pick<Transaction, 'auditSeal'>): Promise<Seal | null> {
  const row = await reader.auditSeal.findFirst({ orderBy: { number: 'desc' }, omit: { leaves: true } })
  if (row === null) return null
  const { number, createdAt, ...seal } = row
  return { ...seal, number: Number(number), sealedAt: createdAt }
}
