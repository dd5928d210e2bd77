import { useClient } from '@urql/solid'
import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { PreviewWebhookDocument, type PreviewWebhookQuery } from '../../gql/graphql.ts'
import { problemOf, refusalOf, unreachable } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { type DocumentProblem, problemMessages } from './model.ts'

type Preview = PreviewWebhookQuery['webhookPreview']

/** Tests a document on the latest changes, and shows what would be sent. `read` returns the current text. */
export function PreviewPanel(
  props: Readonly<{ read: () => Readonly<{ document: string; scopes: string[] }> }>,
): JSX.Element {
  const client = useClient()
  const [isBusy, setBusy] = createSignal(false)
  const [preview, setPreview] = createSignal<Preview | null>(null)
  const [problemMessage, setProblemMessage] = createSignal<string | null>(null)

  const show = async () => {
    if (isBusy()) return
    setBusy(true)
    setPreview(null)
    setProblemMessage(null)
    // Don't use a cached response: changes may have happened since.
    const options = { requestPolicy: 'network-only' } as const
    const { data, error } = await client.query(PreviewWebhookDocument, { input: props.read() }, options).toPromise()
    setBusy(false)
    if (data) setPreview(data.webhookPreview)
    else setProblemMessage(refusalOf(error ? problemOf(error) : unreachable))
  }

  return (
    <section aria-label="Preview" class="rounded-control bg-sunken p-3">
      <div class="flex flex-wrap items-center justify-between gap-3">
        <p class="text-small">Shows what would be sent for the latest change, without sending it.</p>
        <Button look="raised" aria-busy={isBusy()} onClick={show}>
          {isBusy() ? 'Trying …' : 'Preview'}
        </Button>
      </div>
      <div aria-live="polite" class="mt-2 empty:hidden">
        <Show when={preview()}>
          {(shown) => (
            <Switch>
              <Match when={shown().problems.length > 0}>
                <DocumentProblems problems={shown().problems} />
              </Match>
              <Match when={shown().body}>
                {(body) => (
                  <section
                    aria-label="Payload"
                    tabindex="0"
                    class="max-h-80 overflow-auto rounded-control bg-surface p-3"
                  >
                    <pre class="font-mono text-caption">{JSON.stringify(body(), null, 2)}</pre>
                  </section>
                )}
              </Match>
              <Match when={shown().changesLookedAt === 0}>
                <p class="text-quiet text-small">
                  No booking has changed yet, so there’s nothing to show. The document is valid.
                </p>
              </Match>
              <Match when={true}>
                <p class="text-quiet text-small">
                  The document selects none of the last {shown().changesLookedAt} changes. The document is valid.
                </p>
              </Match>
            </Switch>
          )}
        </Show>
      </div>
      <RefusalNotice message={problemMessage()} />
    </section>
  )
}

/** The errors of a document, with their positions. */
export function DocumentProblems(props: Readonly<{ problems: readonly DocumentProblem[] }>): JSX.Element {
  return (
    <ul class="grid gap-1 rounded-control bg-alert-soft p-3 text-small">
      <For each={props.problems}>
        {(problem) => <li class="[overflow-wrap:anywhere]">{problemMessages(problem)}</li>}
      </For>
    </ul>
  )
}
