import { A } from '@solidjs/router'
import { useClient } from '@urql/solid'
import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { chooseByLink, type LinkPurpose } from '../features/account/choose-by-link.ts'
import type { MailedToken } from '../features/account/mailed-token.ts'
import { NewPasswordForm } from '../features/account/new-password-form.tsx'
import type { Session } from '../features/session/session.ts'
import { SignInForm } from '../features/session/sign-in-form.tsx'
import { setTitle } from '../lib/title.ts'
import { buttonLook } from '../ui/button.tsx'
import { PublicPage } from './public-page.tsx'

const texts = {
  reset: {
    tab: 'New password',
    title: 'Set a new password',
    text: 'It replaces your old password and signs you out everywhere.',
    submit: 'Set password',
    done: 'Your new password is set',
    again: 'A link works once, for one hour, and only the newest one is valid. Request another.',
  },
  invitation: {
    tab: 'Invitation',
    title: 'Welcome to ChurchHub',
    text: 'Choose a password to finish setting up your account.',
    submit: 'Choose password',
    done: 'Your account is ready',
    again:
      'An invitation works once, for seven days, and only the newest one is valid. If you’ve already chosen a password, sign in. Otherwise, ask the person who invited you for another.',
  },
} as const

/** The page of a mailed link: sets a password, then leads to signing in. */
export function SetPassword(
  props: Readonly<{ purpose: LinkPurpose; link: MailedToken; session: Session }>,
): JSX.Element {
  const text = () => texts[props.purpose]
  setTitle(texts[props.purpose].tab)
  const client = useClient()
  const [isUnusable, setUnusable] = createSignal(false)
  const [email, setEmail] = createSignal<string | null>(null)

  const choose = async (newPassword: string) => {
    const token = props.link.token()
    if (token === null) return null
    const chosen = await chooseByLink(client, props.purpose, { token, newPassword })
    if ('email' in chosen) {
      setEmail(chosen.email)
      props.link.clear()
      return null
    }
    if (chosen.problem.field !== 'token') return chosen.problem
    setUnusable(true)
    props.link.clear()
    return null
  }
  const signIn = async (address: string, password: string) => {
    const problem = await props.session.signIn(address, password)
    // A new document, because the current one's performance entries contain the address with the token.
    if (problem === null) window.location.replace('/')
    return problem
  }

  return (
    <Switch
      fallback={
        <PublicPage
          title={isUnusable() ? 'This link no longer works' : 'Open this page from the email'}
          subtitle={
            isUnusable()
              ? text().again
              : 'Open the link in the email again: this page doesn’t store it. If it doesn’t work, it has been used or has expired.'
          }
        >
          <div class="flex flex-wrap gap-3">
            {/* Without an accepted invitation there is no password to reset: only another invitation helps. */}
            <Show when={props.purpose === 'reset'}>
              <A href="/forgot-password" class={buttonLook('primary')}>
                Request a new link
              </A>
            </Show>
            <A href="/" class={buttonLook(props.purpose === 'reset' ? 'secondary' : 'primary')}>
              Sign in
            </A>
          </div>
        </PublicPage>
      }
    >
      <Match when={email()}>
        {(address) => (
          <PublicPage title={text().done} subtitle="Sign in with it now.">
            <SignInForm reason="none" email={address()} signIn={signIn} />
          </PublicPage>
        )}
      </Match>
      <Match when={props.link.token()}>
        <PublicPage title={text().title} subtitle={text().text}>
          <NewPasswordForm submit={text().submit} choose={choose} />
        </PublicPage>
      </Match>
    </Switch>
  )
}
