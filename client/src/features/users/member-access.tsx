import { useClient } from '@urql/solid'
import { type JSX, Match, Show, Switch } from 'solid-js'
import { DeactivateUserDocument, ReactivateUserDocument, ResendInvitationDocument } from '../../gql/graphql.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { accessLabel, accessOf, type Member } from './model.ts'

/** Whether a user can sign in, and buttons to change that. Each explains its effect first. */
export function MemberAccess(
  props: Readonly<{
    member: Member
    now: Date
    isViewer: boolean
    onChanged: (member: Member, message: string) => void
  }>,
): JSX.Element {
  const client = useClient()
  const access = () => accessOf(props.member)
  const name = () => props.member.name
  const input = () => ({ input: { id: props.member.id } })
  const done = (member: Member, message: string): null => {
    props.onChanged(member, message)
    return null
  }

  const resend = async (): Promise<Problem | null> => {
    const sent = await send(client, ResendInvitationDocument, input())
    if ('problem' in sent) return sent.problem
    return done(sent.answer.resendInvitation.user, `A new invitation was sent to ${name()}.`)
  }
  const deactivate = async (): Promise<Problem | null> => {
    const sent = await send(client, DeactivateUserDocument, input())
    if ('problem' in sent) return sent.problem
    return done(sent.answer.deactivateUser.user, `${name()} can no longer sign in.`)
  }
  const reactivate = async (): Promise<Problem | null> => {
    const sent = await send(client, ReactivateUserDocument, input())
    if ('problem' in sent) return sent.problem
    return done(sent.answer.reactivateUser.user, `${name()} can sign in again.`)
  }

  return (
    <section aria-label="Access" class="mt-3 rounded-control bg-sunken p-4">
      <p class="text-small">{accessLabel(props.member, props.now)}.</p>
      <div class="mt-3 flex flex-wrap gap-3">
        <Show when={access() === 'invited' || access() === 'uninvited'}>
          <ConfirmedButton
            label="Resend invitation"
            look="raised"
            title={`Send ${name()} another invitation?`}
            confirm="Send it"
            onConfirm={resend}
          >
            <p>An email with a new link is sent to {props.member.email}. The link works once, for seven days.</p>
            <p>Earlier links stop working.</p>
          </ConfirmedButton>
        </Show>
        <Switch>
          <Match when={props.isViewer}>
            <p class="text-quiet text-small">This is you. Only another admin can take your access away.</p>
          </Match>
          <Match when={access() === 'active' || access() === 'invited'}>
            <ConfirmedButton
              label={access() === 'active' ? 'Deactivate' : 'Withdraw invitation'}
              look="danger"
              title={access() === 'active' ? `Deactivate ${name()}?` : `Withdraw invitation for ${name()}?`}
              confirm={access() === 'active' ? 'Deactivate' : 'Withdraw it'}
              onConfirm={deactivate}
            >
              <Show
                when={access() === 'active'}
                fallback={
                  <p>The link in the email stops working immediately. You can send another invitation later.</p>
                }
              >
                <p>Within a second, all their sessions end, and they can no longer sign in or set a new password.</p>
                <p>
                  They keep their bookings, and new ones still arrive. Encrypted content stays encrypted: no one else
                  can open it.
                </p>
                <p>You can reactivate them later.</p>
              </Show>
            </ConfirmedButton>
          </Match>
          <Match when={access() === 'deactivated'}>
            <ConfirmedButton
              label="Reactivate"
              look="raised"
              title={`Reactivate ${name()}?`}
              confirm="Reactivate"
              onConfirm={reactivate}
            >
              <p>They can sign in again immediately with the same password.</p>
            </ConfirmedButton>
          </Match>
        </Switch>
      </div>
    </section>
  )
}
