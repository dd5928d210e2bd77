import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { type LinkPurpose, linkTtlSeconds } from './link.model.ts'

type CreateMailLinkDeps = Readonly<{ clock: Clock; newId: NewId; queue: Pick<Queue, 'enqueue'> }>

/** Creates a link, which a job emails after the commit. The job generates the token, so the queue never contains one. */
export async function createMailLink(
  tx: Transaction,
  { clock, newId, queue }: CreateMailLinkDeps,
  { userId, purpose }: Readonly<{ userId: string; purpose: LinkPurpose }>,
): Promise<void> {
  const linkId = newId()
  const createdAt = clock.now()
  const expiresAt = new Date(createdAt.getTime() + linkTtlSeconds[purpose] * 1_000)
  await tx.mailLink.create({ data: { id: linkId, userId, purpose, expiresAt, createdAt } })
  await queue.enqueue(tx, 'send-mail-link', { linkId })
}
