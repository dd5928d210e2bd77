import { createSignal, type JSX, Show } from 'solid-js'
import { focusField, textsOf } from '../../lib/form.ts'
import { Button } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { EndpointFields, scopesIn } from './endpoint-fields.tsx'
import type { Endpoints, NewSecret, Refusal } from './endpoints.ts'
import { exampleDocument } from './model.ts'
import { messageForForm } from './refusal-messages.ts'
import { SecretNotice } from './secret-notice.tsx'

const blank = { name: '', document: exampleDocument, scopes: ['bookings:read'] }

/** Creates an endpoint, and shows its secret. */
export function CreateEndpointDrawer(
  props: Readonly<{
    endpoints: Endpoints
    returnFocusTo: Element | null
    onClose: () => void
    onCreated: (name: string) => void
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [refusal, setRefusal] = createSignal<Refusal | null>(null)
  const [createdSecret, setCreatedSecret] = createSignal<NewSecret | null>(null)

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    if (isSending()) return
    const form = event.currentTarget
    const { name = '', url = '', document = '' } = textsOf(form)
    setSending(true)
    setRefusal(null)
    const outcome = await props.endpoints.create({ name, url, document, scopes: scopesIn(form) })
    setSending(false)
    if ('created' in outcome) {
      setCreatedSecret(outcome.created)
      return props.onCreated(outcome.created.endpoint.name)
    }
    setRefusal(outcome.refusal)
    focusField(form, outcome.refusal.problem.field)
  }

  return (
    <Drawer
      title={createdSecret()?.endpoint.name ?? 'New webhook'}
      subtitle="Each booking change from now on is posted to it, signed."
      closeLabel="Close"
      onClose={props.onClose}
      returnFocusTo={props.returnFocusTo}
    >
      <Show
        when={createdSecret()}
        fallback={
          <form onSubmit={submit} class="grid grid-cols-1 gap-4 pt-2">
            <EndpointFields values={blank} refusal={refusal()} isNew />
            <RefusalNotice message={messageForForm(refusal())} />
            <Button type="submit" look="primary" aria-busy={isSending()}>
              {isSending() ? 'Creating …' : 'Create webhook'}
            </Button>
          </form>
        }
      >
        {(created) => (
          <div class="pt-2">
            <SecretNotice secret={created().secret} onDone={props.onClose} />
          </div>
        )}
      </Show>
    </Drawer>
  )
}
