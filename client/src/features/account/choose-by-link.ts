import type { Client } from '@urql/core'
import { AcceptInvitationDocument, ResetPasswordDocument } from '../../gql/graphql.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'

/** What a mailed link is for. */
export type LinkPurpose = 'reset' | 'invitation'

/**
 * Chooses a password by a mailed link. Returns the address to sign in with, or what was wrong: with the field `token`
 * the link can't be used, whatever the reason.
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
