import { useClient } from '@urql/solid'
import { createSignal, type JSX, Show } from 'solid-js'
import { ChangePasswordDocument } from '../../gql/graphql.ts'
import { focusField, textsOf } from '../../lib/form.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { problemIn, send } from '../../lib/send.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { PasswordField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { minPasswordLength, passwordHint } from './new-password-form.tsx'

/** Changes the viewer's password. `email` tells a password manager which account it belongs to. */
export function ChangePasswordCard(props: Readonly<{ email: string | null; onChanged: () => void }>): JSX.Element {
  const client = useClient()
  const [state, setState] = createSignal<'idle' | 'sending' | 'done'>('idle')
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofField = (name: string) => problemOfField(problem(), name)
  const ofForm = () => {
    const refused = problem()
    return refused === null || refused.field !== null ? null : refusalOf(refused)
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (state() === 'sending') return
    const form = event.currentTarget
    const { currentPassword = '', newPassword = '' } = textsOf(form)
    setState('sending')
    setProblem(null)
    const refused = problemIn(await send(client, ChangePasswordDocument, { input: { currentPassword, newPassword } }))
    setProblem(refused)
    setState(refused === null ? 'done' : 'idle')
    if (refused !== null) return focusField(form, refused.field)
    form.reset()
    props.onChanged()
  }

  return (
    <Card title="Password">
      <form onSubmit={submit} class="grid max-w-sm gap-4">
        <RefusalNotice message={ofForm()} />
        <input type="email" autocomplete="username" value={props.email ?? ''} readOnly hidden />
        <PasswordField
          label="Current password"
          name="currentPassword"
          autocomplete="current-password"
          error={ofField('currentPassword')}
          required
        />
        <PasswordField
          label="New password"
          name="newPassword"
          autocomplete="new-password"
          minlength={minPasswordLength}
          hint={passwordHint}
          error={ofField('newPassword')}
          required
        />
        <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button type="submit" look="primary" aria-busy={state() === 'sending'}>
            {state() === 'sending' ? 'Changing …' : 'Change password'}
          </Button>
          <p class="text-quiet text-small">You stay signed in here and are signed out everywhere else.</p>
        </div>
        <div role="status" class="empty:hidden">
          <Show when={state() === 'done'}>
            <p class="flex items-start gap-2 rounded-control bg-accent-soft p-3 text-small">
              <Icon name="check" class="text-accent" />
              Password changed. All other sessions have ended.
            </p>
          </Show>
        </div>
      </form>
    </Card>
  )
}
