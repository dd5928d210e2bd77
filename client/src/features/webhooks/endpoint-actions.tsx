import { createSignal, type JSX, Show } from 'solid-js'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import type { Endpoints } from './endpoints.ts'
import type { Endpoint } from './model.ts'

/** The actions on an endpoint. Destructive ones explain their effect first. */
export function EndpointActions(
  props: Readonly<{
    endpoint: Endpoint
    endpoints: Endpoints
    onChanged: (endpoint: Endpoint | null, problemMessage: string) => void
    onSecret: (secret: string) => void
    onSent: () => void
  }>,
): JSX.Element {
  const [notice, setNotice] = createSignal('')
  const [problemMessage, setProblemMessage] = createSignal<string | null>(null)
  const name = () => props.endpoint.name

  const test = async () => {
    setNotice('')
    setProblemMessage(null)
    const problem = await props.endpoints.test(props.endpoint.id)
    if (problem !== null) return setProblemMessage(refusalOf(problem))
    setNotice('Test sent. See the result in the log below.')
    props.onSent()
  }
  const setActive = async (isActive: boolean): Promise<Problem | null> => {
    setNotice('')
    const sent = await props.endpoints.setActive(props.endpoint.id, isActive)
    if ('problem' in sent) return sent.problem
    props.onChanged(sent.answer, isActive ? `${name()} is enabled.` : `${name()} is disabled.`)
    return null
  }
  const switchOn = async () => {
    setProblemMessage(null)
    const problem = await setActive(true)
    if (problem !== null) setProblemMessage(refusalOf(problem))
  }
  const rotate = async (): Promise<Problem | null> => {
    const sent = await props.endpoints.rotate(props.endpoint.id)
    if ('problem' in sent) return sent.problem
    props.onSecret(sent.answer.secret)
    props.onChanged(sent.answer.endpoint, `${name()} has a new secret.`)
    return null
  }
  const remove = async (): Promise<Problem | null> => {
    const problem = await props.endpoints.remove(props.endpoint.id)
    if (problem !== null) return problem
    props.onChanged(null, `${name()} is deleted.`)
    return null
  }

  return (
    <section aria-label="Actions" class="mt-3 grid gap-3 rounded-control bg-sunken p-4">
      <div class="flex flex-wrap gap-3">
        <Show when={props.endpoint.isActive && props.endpoint.isOwn}>
          <Button look="raised" onClick={test}>
            Send test
          </Button>
        </Show>
        <Show
          when={props.endpoint.isActive}
          fallback={
            <Button look="raised" onClick={switchOn}>
              Enable
            </Button>
          }
        >
          <ConfirmedButton
            label="Disable"
            look="raised"
            title={`Disable ${name()}?`}
            confirm="Disable"
            onConfirm={() => setActive(false)}
          >
            <p>Nothing more is sent, and pending messages are cancelled.</p>
            <p>Changes while it’s disabled aren’t sent later.</p>
          </ConfirmedButton>
        </Show>
        <Show when={props.endpoint.isOwn}>
          <ConfirmedButton
            label="Rotate secret"
            look="raised"
            title={`Rotate the secret of ${name()}?`}
            confirm="Rotate secret"
            onConfirm={rotate}
          >
            <p>Both secrets sign for one day, so you have time to update the receiver.</p>
          </ConfirmedButton>
        </Show>
        <ConfirmedButton label="Delete" look="danger" title={`Delete ${name()}?`} confirm="Delete" onConfirm={remove}>
          <p>This also deletes its delivery log. The audit log still shows that it existed.</p>
        </ConfirmedButton>
      </div>
      <p role="status" class="text-small empty:hidden">
        {notice()}
      </p>
      <RefusalNotice message={problemMessage()} />
    </section>
  )
}
