import { useClient } from '@urql/solid'
import { createSignal, type JSX, Show } from 'solid-js'
import { RequestPasswordResetDocument } from '../../gql/graphql.ts'
import { textsOf } from '../../lib/form.ts'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { problemIn, send } from '../../lib/send.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'

/** Why no link was requested. Never reveals whether the account exists. */
function refusal(problem: Problem | null): string | null {
  if (problem === null) return null
  if (problem.code !== 'BAD_REQUEST') return refusalOf(problem)
  return 'This server can’t send email. Ask its operator for a new password.'
}

/** Requests a link by mail. The confirmation is the same whether or not the account exists. */
export function ForgotPasswordForm(): JSX.Element {
  const client = useClient()
  const [state, setState] = createSignal<'editing' | 'sending' | 'sent'>('editing')
  const [problem, setProblem] = createSignal<Problem | null>(null)

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (state() === 'sending') return
    const { email = '' } = textsOf(event.currentTarget)
    setState('sending')
    setProblem(null)
    const refused = problemIn(await send(client, RequestPasswordResetDocument, { input: { email: email.trim() } }))
    setProblem(refused)
    setState(refused === null ? 'sent' : 'editing')
  }

  return (
    <Show
      when={state() !== 'sent'}
      fallback={
        <div role="status" class="grid gap-2">
          <p class="font-medium">Check your email</p>
          <p class="text-small">
            If there is an account with this address, we’ve sent an email with a link to set a new password. The link
            works once, for one hour.
          </p>
          <p class="text-quiet text-small">
            Nothing after a few minutes? Check your spam folder, or try again with the address you sign in with.
          </p>
          <Button class="mt-2 justify-self-start" onClick={() => setState('editing')}>
            Try again
          </Button>
        </div>
      }
    >
      <form onSubmit={submit} class="grid gap-4">
        <RefusalNotice message={refusal(problem())} />
        <TextField
          label="Email"
          name="email"
          type="email"
          autocomplete="username"
          hint="The address that you sign in with."
          required
          autofocus
        />
        <Button type="submit" look="primary" aria-busy={state() === 'sending'}>
          {state() === 'sending' ? 'Sending …' : 'Email me a link'}
        </Button>
      </form>
    </Show>
  )
}
