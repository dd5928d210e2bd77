import { useClient } from '@urql/solid'
import { createSignal, type JSX, Show } from 'solid-js'
import { ChangeUserDocument } from '../../gql/graphql.ts'
import { focusField, textsOf } from '../../lib/form.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import { Button } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { MemberAccess } from './member-access.tsx'
import { MemberFields, memberFields } from './member-fields.tsx'
import { accessOf, bookingPageOf, calUsernameOf, changesOf, type Member, messageForForm, roleLabels } from './model.ts'

/** A user's account: access and profile, editable. */
export function MemberDrawer(
  props: Readonly<{
    member: Member
    now: Date
    isViewer: boolean
    returnFocusTo: Element | null
    onClose: () => void
    /** Something changed; `message` describes it. */
    onChanged: (member: Member, message: string) => void
  }>,
): JSX.Element {
  const client = useClient()
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [notice, setNotice] = createSignal('')
  const mayChangeEmail = () => accessOf(props.member) === 'invited' || accessOf(props.member) === 'uninvited'
  const values = () => ({
    name: props.member.name,
    email: props.member.email ?? '',
    churchName: props.member.churchName,
    role: props.member.role,
    schedulingUsername: calUsernameOf(props.member) ?? '',
    schedulingLink: props.member.schedulingLink,
    bio: props.member.bio ?? '',
  })

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const changes = changesOf(props.member, textsOf(form))
    setProblem(null)
    if (changes === null) return setNotice('There are no changes to save.')
    setNotice('')
    setSending(true)
    const sent = await send(client, ChangeUserDocument, { input: changes })
    setSending(false)
    if ('answer' in sent) {
      setNotice('Saved.')
      return props.onChanged(sent.answer.changeUser.user, `${sent.answer.changeUser.user.name} is changed.`)
    }
    setProblem(sent.problem)
    focusField(form, sent.problem.field)
  }

  return (
    <Drawer
      title={props.member.name}
      subtitle={`${roleLabels[props.member.role]}, ${props.member.churchName}`}
      closeLabel="Close panel"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <Show when={bookingPageOf(props.member)}>
        {(link) => (
          <p class="text-small">
            <a href={link()} target="_blank" rel="noopener noreferrer" class="text-accent hover:underline">
              Booking page<span class="sr-only">, opens another tab</span>
            </a>
          </p>
        )}
      </Show>
      <MemberAccess member={props.member} now={props.now} isViewer={props.isViewer} onChanged={props.onChanged} />
      <form onSubmit={submit} class="mt-6 grid gap-4">
        <h2 class="font-semibold text-body">Profile</h2>
        <MemberFields
          values={values()}
          problem={problem()}
          isNew={false}
          mayChangeRole={!props.isViewer}
          mayChangeEmail={mayChangeEmail()}
        />
        <Show when={!props.isViewer}>
          <p class="text-quiet text-small">Changing the role signs them out everywhere.</p>
        </Show>
        <RefusalNotice message={messageForForm(problem(), memberFields)} />
        <div class="flex items-center gap-4">
          <Button type="submit" look="primary" aria-busy={isSending()}>
            {isSending() ? 'Saving …' : 'Save changes'}
          </Button>
          <p role="status" class="text-quiet text-small">
            {notice()}
          </p>
        </div>
      </form>
    </Drawer>
  )
}
