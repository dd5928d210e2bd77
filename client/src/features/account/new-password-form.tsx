import { createSignal, type JSX } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { type Problem, problemOfField, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { PasswordField } from '../../ui/field.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'

/** The server's minimum password length. */
export const minPasswordLength = 12

/** A hint for choosing a password. */
export const passwordHint = `At least ${minPasswordLength} characters. A few words in a row are easy to remember and hard to guess.`

/** Sets a password with a mailed link. `choose` returns the problem, or null. */
export function NewPasswordForm(
  props: Readonly<{ submit: string; choose: (newPassword: string) => Promise<Problem | null> }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const ofField = () => problemOfField(problem(), 'newPassword')
  const ofForm = () => {
    const refused = problem()
    return refused === null || ofField() !== null ? null : refusalOf(refused)
  }

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const { newPassword = '' } = textsOf(form)
    setSending(true)
    setProblem(null)
    const refused = await props.choose(newPassword)
    setSending(false)
    setProblem(refused)
    if (refused !== null) focusField(form, 'newPassword')
  }

  return (
    <form onSubmit={submit} class="grid gap-4">
      <RefusalNotice message={ofForm()} />
      <PasswordField
        label="New password"
        name="newPassword"
        autocomplete="new-password"
        minlength={minPasswordLength}
        hint={passwordHint}
        error={ofField()}
        required
        autofocus
      />
      <Button type="submit" look="primary" aria-busy={isSending()}>
        {isSending() ? 'Saving …' : props.submit}
      </Button>
    </form>
  )
}
