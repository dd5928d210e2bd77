import type { JSX } from 'solid-js'
import type { Session, SignedOutReason } from '../src/features/session/session.ts'
import { SignInForm } from '../src/features/session/sign-in-form.tsx'
import { Card } from '../src/ui/card.tsx'
import { TokenForm } from './token-form.tsx'

/** What a signed-out visitor finds: what this page is, and the two ways in. */
export function Entrance(props: Readonly<{ session: Session; onToken: (token: string) => void }>): JSX.Element {
  const reason = (): SignedOutReason => {
    const state = props.session.state()
    return state.name === 'signed-out' ? state.reason : 'none'
  }
  return (
    <main class="mx-auto grid w-full max-w-4xl content-start gap-6 overflow-y-auto p-4 sm:p-8">
      <div class="max-w-prose">
        <h2 class="font-semibold text-title">Ask the API</h2>
        <p class="mt-1 text-quiet">
          Write queries, follow changes live and read the schema. It shows what you may see, so it has to know who asks:
          sign in, or use an API token.
        </p>
      </div>
      <div class="grid items-start gap-4 sm:grid-cols-2">
        <Card title="Sign in">
          <SignInForm reason={reason()} signIn={props.session.signIn} />
        </Card>
        <Card title="Use an API token">
          <TokenForm onToken={props.onToken} />
        </Card>
      </div>
    </main>
  )
}
