import { createSignal, createUniqueId, type JSX } from 'solid-js'
import { Button } from '../src/ui/button.tsx'
import { TextField } from '../src/ui/field.tsx'

/** Takes a pasted token in hand once the server has taken it. */
export function TokenForm(props: Readonly<{ onToken: (token: string) => void }>): JSX.Element {
  const [isAsking, setAsking] = createSignal(false)
  const [error, setError] = createSignal<string | null>(null)
  const hintId = createUniqueId()

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const form = event.currentTarget
    const token = new FormData(form).get('token')
    if (typeof token !== 'string' || isAsking()) return
    setAsking(true)
    setError(null)
    const refused = await refusalOf(token.trim())
    setAsking(false)
    setError(refused)
    if (refused !== null) return
    // A password manager would offer to keep what stays in a form.
    form.reset()
    props.onToken(token.trim())
  }

  return (
    <form onSubmit={submit} class="grid gap-4" autocomplete="off">
      <TextField
        label="API token"
        name="token"
        type="password"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder="chub_…"
        required
        error={error()}
        aria-describedby={hintId}
      />
      <p id={hintId} class="text-quiet text-small">
        It stays in this page’s memory. Close or reload the page, and it is forgotten. Make tokens under{' '}
        <a href="/tokens" class="text-accent underline">
          API tokens
        </a>
        .
      </p>
      <Button type="submit" look="primary" disabled={isAsking()}>
        {isAsking() ? 'Asking …' : 'Use token'}
      </Button>
    </form>
  )
}

/** Why a token lets nobody in, or null when it does. */
async function refusalOf(token: string): Promise<string | null> {
  // A header can hold no other characters, and no token has them.
  if (!/^[\w-]+$/.test(token)) return 'This is no API token: they begin with chub_ and have no spaces.'
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    if (response.ok) return null
    if (response.status === 401) return 'The server does not know this token, or it has expired or been revoked.'
    if (response.status === 429) return 'This token has spent its budget. Try again in a minute.'
    return 'The server could not check the token. Try again in a moment.'
  } catch {
    return 'ChurchHub can’t be reached. Check your connection and try again.'
  }
}
