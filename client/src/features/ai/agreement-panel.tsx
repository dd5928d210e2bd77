import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { AgreementTerms } from './agreement-terms.tsx'
import type { Configurations, RequestPreview } from './configurations.ts'
import { type Configuration, lapsedMessage } from './model.ts'
import { RequestText } from './request-text.tsx'

/** What a pastor agrees to, whether they have, and buttons to agree and withdraw. */
export function AgreementPanel(props: Readonly<{ assistant: Configuration; assistants: Configurations }>): JSX.Element {
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [shown, setShown] = createSignal<RequestPreview | null>(null)
  const [isOpening, setOpening] = createSignal(false)
  const agreement = () => props.assistant.agreement
  const refusal = () => {
    const refused = problem()
    return refused === null ? null : refusalOf(refused)
  }
  /** Without masking, the terms are only shown with the text that would be sent. */
  const digest = () => agreement()?.termsDigest ?? shown()?.termsDigest ?? null
  const submit = async (work: Promise<Problem | null>) => {
    const refused = await work
    setProblem(refused)
    setShown(null)
    return refused
  }
  const open = async () => {
    if (isOpening()) return
    setOpening(true)
    const sent = await props.assistants.previewRequest(props.assistant.id)
    setOpening(false)
    if ('problem' in sent) setProblem(sent.problem)
    else setShown(sent.answer)
  }
  return (
    <div class="grid gap-4">
      <AgreementTerms assistant={props.assistant} />
      <p role="status" class="font-medium">
        <Switch fallback="You haven’t agreed. None of your bookings are sent.">
          <Match when={agreement()?.address == null}>
            This provider has no address yet. An admin sets it in the settings.
          </Match>
          <Match when={agreement()?.state === 'IN_FORCE'}>
            You agreed. {agreement()?.includesHighSensitivity ? 'All your bookings are' : 'Your bookings are'} sent to
            this model{agreement()?.includesHighSensitivity ? '.' : ', except those with high sensitivity.'}
          </Match>
          <Match when={agreement()?.state === 'LAPSED'}>
            {lapsedMessage(agreement()?.lapsedBecause ?? [])} Nothing is sent until you agree again.
          </Match>
        </Switch>
      </p>
      <Show when={shown()}>{(preview) => <RequestText preview={preview()} />}</Show>
      <RefusalNotice message={refusal()} />
      <div class="flex flex-wrap items-center gap-2">
        <Show when={agreement()?.address != null && agreement()?.state !== 'IN_FORCE' && digest()}>
          {(terms) => (
            <Show
              when={props.assistant.piiDetection}
              fallback={
                <ConfirmedButton
                  label="Agree without masking"
                  title="Send names in plaintext?"
                  confirm="Agree"
                  look="secondary"
                  onConfirm={() => submit(props.assistants.agree(props.assistant.id, terms()))}
                >
                  <p>Names, addresses and numbers are sent as people wrote them, as shown on the page.</p>
                </ConfirmedButton>
              }
            >
              <Button look="primary" onClick={() => void submit(props.assistants.agree(props.assistant.id, terms()))}>
                Agree
              </Button>
            </Show>
          )}
        </Show>
        <Button look="secondary" aria-busy={isOpening()} onClick={() => void open()}>
          {isOpening() ? 'Opening …' : 'Show what would be sent'}
        </Button>
        <Show when={agreement()?.state === 'IN_FORCE'}>
          <Button
            look="secondary"
            onClick={() =>
              void submit(props.assistants.includeHigh(props.assistant.id, !agreement()?.includesHighSensitivity))
            }
          >
            {agreement()?.includesHighSensitivity ? 'Keep high sensitivity here' : 'Send high sensitivity too'}
          </Button>
          <Button look="secondary" onClick={() => void submit(props.assistants.withdraw(props.assistant.id))}>
            Withdraw
          </Button>
        </Show>
      </div>
      <p class="text-caption text-quiet">
        This opens your next booking, which is recorded in the audit log. Each text that is sent is recorded too.
      </p>
    </div>
  )
}
