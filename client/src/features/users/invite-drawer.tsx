import { useClient } from '@urql/solid'
import { createSignal, type JSX } from 'solid-js'
import { InviteUserDocument } from '../../gql/graphql.ts'
import { focusField, textsOf } from '../../lib/form.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import { Button } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { MemberFields, memberFields } from './member-fields.tsx'
import { invitationOf, type Member, messageForForm } from './model.ts'

/** Invites a user by mail. */
export function InviteDrawer(
  props: Readonly<{
    churchName: string
    returnFocusTo: Element | null
    onClose: () => void
    onInvited: (member: Member) => void
  }>,
): JSX.Element {
  const client = useClient()
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const values = {
    name: '',
    email: '',
    churchName: props.churchName,
    role: 'PASTOR',
    schedulingUsername: '',
    schedulingLink: '',
    bio: '',
  } as const

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    setSending(true)
    setProblem(null)
    const sent = await send(client, InviteUserDocument, { input: invitationOf(textsOf(form)) })
    setSending(false)
    if ('answer' in sent) return props.onInvited(sent.answer.inviteUser.user)
    setProblem(sent.problem)
    focusField(form, sent.problem.field)
  }

  return (
    <Drawer
      title="Invite user"
      subtitle="They get an email with a link to choose a password. It works once, for seven days."
      closeLabel="Close"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <form onSubmit={submit} class="grid gap-4 pt-2">
        <MemberFields values={values} problem={problem()} isNew mayChangeRole mayChangeEmail />
        <RefusalNotice message={messageForForm(problem(), memberFields)} />
        <Button type="submit" look="primary" aria-busy={isSending()}>
          {isSending() ? 'Inviting …' : 'Send invitation'}
        </Button>
      </form>
    </Drawer>
  )
}
