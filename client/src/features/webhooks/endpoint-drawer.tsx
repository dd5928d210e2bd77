import { createSignal, type JSX, Show } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { Button } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { EndpointActions } from './endpoint-actions.tsx'
import { EndpointFields, scopesIn } from './endpoint-fields.tsx'
import { createEndpointLog } from './endpoint-log.ts'
import type { Endpoints, Refusal } from './endpoints.ts'
import { MessageLog } from './message-log.tsx'
import { conditionOf, type Endpoint } from './model.ts'
import { DocumentProblems } from './preview-panel.tsx'
import { messageForForm } from './refusal-messages.ts'
import { SecretNotice } from './secret-notice.tsx'

/** One endpoint: status, actions, settings, and delivery log. */
export function EndpointDrawer(
  props: Readonly<{
    endpoint: Endpoint
    endpoints: Endpoints
    now: Date
    returnFocusTo: Element | null
    onClose: () => void
    /** Something changed; `message` describes it. A null endpoint was deleted. */
    onChanged: (endpoint: Endpoint | null, message: string) => void
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [refusal, setRefusal] = createSignal<Refusal | null>(null)
  const [notice, setNotice] = createSignal('')
  const [secret, setSecret] = createSignal<string | null>(null)
  const log = createEndpointLog(props.endpoint.id, props.endpoints)

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const { name = '', url = '', document = '' } = textsOf(form)
    const input = { id: props.endpoint.id, name, document, scopes: scopesIn(form), ...(url.trim() && { url }) }
    setSending(true)
    setRefusal(null)
    setNotice('')
    const outcome = await props.endpoints.change(input)
    setSending(false)
    if ('endpoint' in outcome) {
      setNotice('Saved.')
      return props.onChanged(outcome.endpoint, `${outcome.endpoint.name} is updated.`)
    }
    setRefusal(outcome.refusal)
    focusField(form, outcome.refusal.problem.field)
  }

  return (
    <Drawer
      title={props.endpoint.name}
      subtitle={
        props.endpoint.isOwn ? props.endpoint.address : `${props.endpoint.address}, ${props.endpoint.owner.name}’s`
      }
      closeLabel="Close webhook"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <p class="pt-1 text-small">{conditionOf(props.endpoint, props.now)}</p>
      <Show when={props.endpoint.documentProblems.length > 0}>
        <div class="mt-2">
          <DocumentProblems problems={props.endpoint.documentProblems} />
        </div>
      </Show>
      <Show when={secret()}>
        {(shown) => (
          <div class="mt-3">
            <SecretNotice secret={shown()} onDone={() => setSecret(null)} />
          </div>
        )}
      </Show>
      <EndpointActions
        endpoint={props.endpoint}
        endpoints={props.endpoints}
        onChanged={props.onChanged}
        onSecret={setSecret}
        onSent={() => void log.refresh()}
      />
      <MessageLog log={log} now={props.now} isActive={props.endpoint.isActive} />
      <Show when={props.endpoint.isOwn}>
        <form onSubmit={submit} class="mt-6 grid grid-cols-1 gap-4">
          <h2 class="font-semibold text-body">Configuration</h2>
          <EndpointFields values={props.endpoint} refusal={refusal()} isNew={false} />
          <RefusalNotice message={messageForForm(refusal())} />
          <div class="flex items-center gap-4">
            <Button type="submit" look="primary" aria-busy={isSending()}>
              {isSending() ? 'Saving …' : 'Save changes'}
            </Button>
            <p role="status" class="text-quiet text-small">
              {notice()}
            </p>
          </div>
        </form>
      </Show>
    </Drawer>
  )
}
