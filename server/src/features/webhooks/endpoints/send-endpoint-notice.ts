import type { Env } from '../../../platform/config/env.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { type Notice, noticeMailOf } from './notice.model.ts'

export type SendNoticeDeps = Readonly<{ database: Database; mailer: Mailer | null; env: Pick<Env, 'publicUrl'> }>

/**
 * Emails the owner of an endpoint. Returns false if the server doesn't send email or the endpoint no longer exists. Throws
 * MailError.
 */
export async function sendEndpointNotice(
  { database, mailer, env }: SendNoticeDeps,
  { endpointId, notice }: Readonly<{ endpointId: string; notice: Notice }>,
): Promise<boolean> {
  const endpoint = await database.webhookEndpoint.findUnique({
    where: { id: endpointId },
    select: { name: true, address: true, failingSince: true, owner: { select: { email: true } } },
  })
  if (mailer === null || endpoint === null) return false
  // The endpoint has recovered since the warning was enqueued.
  if (notice === 'warning' && endpoint.failingSince === null) return false
  await mailer.send({ to: endpoint.owner.email, ...noticeMailOf(env.publicUrl, notice, endpoint) })
  return true
}
