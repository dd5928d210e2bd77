import { A } from '@solidjs/router'
import type { JSX } from 'solid-js'
import { ForgotPasswordForm } from '../features/account/forgot-password-form.tsx'
import { setTitle } from '../lib/title.ts'
import { PublicPage } from './public-page.tsx'

/** Requests a mailed link to set a new password. */
export function ForgotPassword(): JSX.Element {
  setTitle('Forgot password')
  return (
    <PublicPage title="Forgot your password?" subtitle="We’ll email you a link to set a new one.">
      <ForgotPasswordForm />
      <A href="/" class="flex min-h-11 items-center text-accent text-small hover:underline">
        Back to sign in
      </A>
    </PublicPage>
  )
}
