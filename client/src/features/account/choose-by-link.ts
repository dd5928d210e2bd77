import type { Client } from '@urql/core'
import { AcceptInvitationDocument, ResetPasswordDocument } from '../../gql/graphql.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'

/** The purpose of a mailed link. */
export type LinkPurpose = 'reset' | 'invitation'

/**
 * Sets a password with a mailed link. Returns the email address to sign in with, or the problem; its field `token`
 * means the link is invalid, for whatever reason.
 */
export async function chooseByLink(
  client: Client,
  purpose: LinkPurpose,
  input: Readonly<{ token: string; newPassword: string }>,
): Promise<Readonly<{ email: string } | { problem: Problem }>> {
  if (purpose === 'reset') {
    const sent = await send(client, ResetPasswordDocument, { input })
    return 'problem' in sent ? sent : sent.answer.resetPassword
  }
  const sent = await send(client, AcceptInvitationDocument, { input })
  return 'problem' in sent ? sent : sent.answer.acceptInvitation
}
