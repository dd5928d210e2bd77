import type { Env } from '../../../platform/config/env.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { type Notice, noticeMailOf } from './notice.model.ts'

export type SendNoticeDeps = Readonly<{ database: Database; mailer: Mailer | null; env: Pick<Env, 'publicUrl'> }>

/** Mails the owner of an endpoint. False where this server sends no mail, or the endpoint is gone. Throws MailError. */
export async function sendEndpointNotice(
  { database, mailer, env }: SendNoticeDeps,
  { endpointId, notice }: Readonly<{ endpointId: string; notice: Notice }>,
): Promise<boolean> {
  const endpoint = await database.webhookEndpoint.findUnique({
    where: { id: endpointId },
    select: { name: true, address: true, failingSince: true, owner: { select: { email: true } } },
  })
  if (mailer === null || endpoint === null) return false
  // It works again since the warning was written.
  if (notice === 'warning' && endpoint.failingSince === null) return false
  await mailer.send({ to: endpoint.owner.email, ...noticeMailOf(env.publicUrl, notice, endpoint) })
  return true
}
