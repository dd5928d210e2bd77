import { createHash } from 'node:crypto'
import type { Transaction } from '../../../platform/database/client.ts'
import type { Mac } from '../../vault/mac.ts'
import type { Span } from '../audit-rows.ts'

/** The contents of a seal, without its MAC. */
export type Segment = Span &
  Readonly<{
    /** From 1, without gaps. */
    number: number
    rowCount: number
    /** SHA-256 (hex) of the packed leaves of its rows. */
    rowsDigest: string
    /** The digest of the previous seal. */
    previousDigest: string
    sealedAt: Date
  }>

/** A row of `audit_seals` without its leaves. */
export type Seal = Segment & Mac & Readonly<{ digest: string }>

/** The previous digest of the first seal. */
export const firstPreviousDigest = '0'.repeat(64)

/** The start of the first segment. The server never writes an earlier row. */
export const beginningOfTime = new Date(0)

/** Held while sealing or dropping sealed rows: two concurrent sealers would create two seals with one number. */
export const sealingLock = 'churchhub audit seals'

/**
 * The text of a seal's digest and MAC, in every version of ChurchHub. A change would invalidate all existing seals: add
 * a `v2` instead.
 */
export function sealText(segment: Segment): string {
  return JSON.stringify([
    'churchhub audit seal v1',
    segment.number,
    segment.from.toISOString(),
    segment.until.toISOString(),
    segment.rowCount,
    segment.rowsDigest,
    segment.previousDigest,
    segment.sealedAt.toISOString(),
  ])
}

/** SHA-256 (hex) of a seal's text, to which the next seal is chained. */
export function digestOfSeal(segment: Segment): string {
  return createHash('sha256').update(sealText(segment), 'utf8').digest('hex')
}

/** Seals by number, after `after` (exclusive), without their leaves. */
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
