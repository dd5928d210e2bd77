import { A } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import { type Problem, retryMessage } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { SignedOutReason } from './session.ts'

/** Why the sign-in page is shown, as text; null if there is nothing to say. */
function signedOutMessage(reason: SignedOutReason): string | null {
  switch (reason) {
    case 'ended':
      return 'You were signed out. Sign in again to continue.'
    case 'left':
      return 'You are signed out.'
    case 'left-untold':
      return 'This page has been cleared, but the server couldn’t be reached. Once you’re online, sign in and out again.'
    case 'none':
      return null
  }
}

/** Why signing in failed. An unknown address and a wrong password look alike, as on the server. */
function refusal(problem: Problem): string {
  switch (problem.code) {
    case 'UNREACHABLE':
    case 'UNAVAILABLE':
      return 'ChurchHub can’t be reached. Check your connection and try again.'
    case 'RATE_LIMITED':
      return problem.mailedLink === false
        ? `Too many attempts. ${retryMessage(problem)} If you can’t wait, ask one of your church’s admins.`
        : `Too many attempts. ${retryMessage(problem)}`
    case 'INTERNAL':
      return 'Something went wrong on the server. Try again in a moment.'
    default:
      return 'Wrong email or password. Check both and try again.'
  }
}

/** The sign-in form. After a failure it keeps the email and focuses the field that is probably wrong. */
export function SignInForm(
  props: Readonly<{
    reason: SignedOutReason
    /** The address, if known. */
    email?: string
    signIn: (email: string, password: string) => Promise<Problem | null>
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = event.currentTarget
    const fields = new FormData(form)
    const [email, password] = [fields.get('email'), fields.get('password')]
    if (typeof email !== 'string' || typeof password !== 'string' || isSending()) return
    setSending(true)
    setProblem(null)
    const refused = await props.signIn(email.trim(), password)
    setSending(false)
    if (refused === null) return
    setProblem(refused)
    const passwordInput = form.elements.namedItem('password')
    if (passwordInput instanceof HTMLInputElement) passwordInput.select()
  }

  return (
    <form onSubmit={submit} class="grid gap-4">
      <Show when={problem() === null && signedOutMessage(props.reason)}>
        {(message) => (
          <p role="status" class="rounded-control bg-sunken p-3 text-small">
            {message()}
          </p>
        )}
      </Show>
      <div role="alert">
        <Show when={problem()}>
          {(refused) => (
            <p class="flex items-start gap-2 rounded-control bg-alert-soft p-3 text-small">
              <Icon name="alert" class="text-alert" />
              {refusal(refused())}
            </p>
          )}
        </Show>
        <Show when={problem()?.mailedLink}>
          <p class="mt-2 grid gap-2 rounded-control bg-sunken p-3 text-small">
            Someone may be guessing your password. You don’t have to wait: set a new password with a link by email.
            <A
              href="/forgot-password"
              class="flex min-h-11 items-center justify-center rounded-control bg-surface px-4 font-medium text-accent hover:underline"
            >
              Email me a link
            </A>
          </p>
        </Show>
      </div>
      <TextField
        label="Email"
        name="email"
        type="email"
        autocomplete="username"
        value={props.email ?? ''}
        required
        autofocus={props.email === undefined}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        autofocus={props.email !== undefined}
      />
      <Button type="submit" look="primary" disabled={isSending()}>
        {isSending() ? 'Signing in …' : 'Sign in'}
      </Button>
    </form>
  )
}
