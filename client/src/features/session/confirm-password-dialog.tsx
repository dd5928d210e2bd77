import { Dialog } from '@kobalte/core/dialog'
import { useClient } from '@urql/solid'
import { createSignal, type JSX } from 'solid-js'
import { ConfirmPasswordDocument } from '../../gql/graphql.ts'
import { focusField, textsOf } from '../../lib/form.ts'
import type { PasswordPrompt } from '../../lib/password-prompt.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { problemIn, send } from '../../lib/send.ts'
import { Button, buttonLook } from '../../ui/button.tsx'
import { PasswordField } from '../../ui/field.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'

/** Asks for the password before a sensitive change, such as where texts are sent, and then makes the change. */
export function ConfirmPasswordDialog(props: Readonly<{ prompt: PasswordPrompt }>): JSX.Element {
  const client = useClient()
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || refused.field === 'password' ? null : refusalOf(refused)
  }
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    // Don't submit a form around it in the component tree.
    event.stopPropagation()
    if (isSending()) return
    const form = event.currentTarget
    const { password = '' } = textsOf(form)
    setSending(true)
    setProblem(null)
    const refused = problemIn(await send(client, ConfirmPasswordDocument, { input: { password } }))
    setSending(false)
    if (refused === null) return props.prompt.answer(true)
    setProblem(refused)
    focusField(form, refused.field)
  }
  const cancel = (isOpen: boolean) => {
    if (isOpen) return
    setProblem(null)
    props.prompt.answer(false)
  }
  return (
    <Dialog open={props.prompt.isAsked()} onOpenChange={cancel}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-50 bg-veil" />
        <div class="fixed inset-0 z-50 grid place-items-center p-4">
          <Dialog.Content class="max-h-full w-full max-w-md overflow-y-auto rounded-card bg-surface p-5 shadow-panel">
            <Dialog.Title class="font-semibold text-body">Confirm your password</Dialog.Title>
            <Dialog.Description class="mt-2 text-quiet text-small">
              This change affects where bookings are sent or what is deleted. Enter your password to confirm that it’s
              you; for the next ten minutes you aren’t asked again.
            </Dialog.Description>
            <form onSubmit={submit} class="mt-4 grid gap-4">
              <RefusalNotice message={ofForm()} />
              <PasswordField
                label="Password"
                name="password"
                autocomplete="current-password"
                error={problemOfField(problem(), 'password')}
                required
              />
              <div class="flex flex-wrap justify-end gap-3">
                <Dialog.CloseButton class={buttonLook()} aria-label="Cancel">
                  Cancel
                </Dialog.CloseButton>
                <Button type="submit" look="primary" aria-busy={isSending()}>
                  {isSending() ? 'Checking …' : 'Confirm'}
                </Button>
              </div>
            </form>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  )
}
