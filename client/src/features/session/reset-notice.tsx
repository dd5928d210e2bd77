import { useClient } from '@urql/solid'
import { createSignal, type JSX, onMount, Show } from 'solid-js'
import { PasswordResetDocument } from '../../gql/graphql.ts'

/**
 * Tells every visitor of the sign-in page that passwords must be reset after a restore. If the query fails, nothing is
 * shown, so that it doesn't keep anybody from signing in.
 */
export function ResetNotice(): JSX.Element {
  const client = useClient()
  const [since, setSince] = createSignal<string | null>(null)
  onMount(async () => {
    const { data } = await client.query(PasswordResetDocument, {}).toPromise()
    setSince(data?.passwordResetRequiredSince ?? null)
  })
  return (
    <Show when={since()}>
      <p role="status" class="rounded-control bg-sunken p-3 text-small">
        ChurchHub was restored from a backup. If you have not set a new password since then, use “Forgot your password?”
        to set one. If no email arrives, ask the server’s operator for a link.
      </p>
    </Show>
  )
}
