import { createSignal, type JSX, Match, Switch } from 'solid-js'
import { CreateEndpointDrawer } from '../features/webhooks/create-endpoint-drawer.tsx'
import { EndpointDrawer } from '../features/webhooks/endpoint-drawer.tsx'
import { EndpointList } from '../features/webhooks/endpoint-list.tsx'
import { createEndpoints } from '../features/webhooks/endpoints.ts'
import type { Endpoint } from '../features/webhooks/model.ts'
import { createNow } from '../lib/clock.ts'
import { setTitle } from '../lib/title.ts'
import { Button } from '../ui/button.tsx'

/** The endpoints that booking changes are posted to. */
export function Webhooks(): JSX.Element {
  setTitle('Webhooks')
  const now = createNow()
  const endpoints = createEndpoints()
  const [panel, setPanel] = createSignal<'create' | Endpoint | null>(null)
  const [notice, setNotice] = createSignal('')
  let opener: Element | null = null

  const open = (content: 'create' | Endpoint) => {
    opener = document.activeElement
    setNotice('')
    setPanel(content)
  }
  const opened = () => {
    const content = panel()
    if (content === 'create' || content === null) return null
    // The current version from the list.
    return endpoints.rows().find(({ id }) => id === content.id) ?? content
  }
  const announce = (message: string) => {
    setNotice(message)
    void endpoints.refresh()
  }

  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="flex flex-wrap items-end justify-between gap-3 px-1 pt-2">
        <div>
          <h1 class="font-semibold text-title">Webhooks</h1>
          <p class="text-quiet text-small">Post booking changes, redacted, to your own URLs.</p>
        </div>
        <Button look="primary" onClick={() => open('create')}>
          New webhook
        </Button>
      </div>
      <p role="status" class="rounded-control bg-accent-soft p-3 text-small empty:hidden">
        {notice()}
      </p>
      <section aria-label="Endpoints" class="rounded-card bg-surface p-4 sm:p-5">
        <EndpointList pages={endpoints} now={now()} onOpen={open} />
      </section>
      <Switch>
        <Match when={panel() === 'create'}>
          <CreateEndpointDrawer
            endpoints={endpoints}
            returnFocusTo={opener}
            onClose={() => setPanel(null)}
            onCreated={(name) => announce(`${name} is created. It follows changes from now on.`)}
          />
        </Match>
        <Match when={opened()}>
          {(endpoint) => (
            <EndpointDrawer
              endpoint={endpoint()}
              endpoints={endpoints}
              now={now()}
              returnFocusTo={opener}
              onClose={() => {
                setPanel(null)
                void endpoints.refresh()
              }}
              onChanged={(changed, message) => {
                setPanel(changed)
                announce(message)
              }}
            />
          )}
        </Match>
      </Switch>
    </div>
  )
}
