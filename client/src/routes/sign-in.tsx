import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { ResetNotice } from '../features/session/reset-notice.tsx'
import type { Session, SignedOutReason } from '../features/session/session.ts'
import { SignInForm } from '../features/session/sign-in-form.tsx'
import { setTitle } from '../lib/title.ts'

/** The page for visitors who aren't signed in. */
export function SignIn(props: Readonly<{ session: Session; reason: SignedOutReason }>): JSX.Element {
  setTitle('Sign in')
  return (
    <main class="mx-auto grid min-h-dvh max-w-sm content-center gap-6 p-6">
      <div>
        <h1 class="font-semibold text-headline">ChurchHub</h1>
        <p class="text-quiet">The private side of a pastor’s calendar</p>
      </div>
      <ResetNotice />
      <div class="grid gap-2">
        <SignInForm reason={props.reason} signIn={props.session.signIn} />
        <A
          href="/forgot-password"
          class="flex min-h-11 items-center justify-center text-accent text-small hover:underline"
        >
          Forgot your password?
        </A>
      </div>
    </main>
  )
}
