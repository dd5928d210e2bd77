import { createSignal, type JSX, Show } from 'solid-js'
import { focusField } from '../../lib/form.ts'
import { type Problem, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import { ConfigurationFields, configurationFields } from './configuration-fields.tsx'
import type { Configurations, Preview } from './configurations.ts'
import { type Configuration, inputOf, type TestResult, testResultText } from './model.ts'
import { PromptPreview } from './prompt-preview.tsx'

/** A form to edit, preview, test and delete a configuration, with defaults for a new one. */
export function ConfigurationForm(
  props: Readonly<{
    assistant: Configuration | null
    isForChurch: boolean
    template: string
    variables: readonly Readonly<{ name: string; meaning: string }>[]
    assistants: Configurations
  }>,
): JSX.Element {
  const [isSending, setSending] = createSignal(false)
  const [isTrying, setTrying] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const [notice, setNotice] = createSignal('')
  const [preview, setPreview] = createSignal<Preview | null>(null)
  const [trial, setTrial] = createSignal<TestResult | null>(null)
  const ofForm = () => {
    const refused = problem()
    return refused === null || configurationFields.includes(refused.field ?? '') ? null : refusalOf(refused)
  }
  let form: HTMLFormElement | undefined

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (isSending() || form === undefined) return
    setSending(true)
    setProblem(null)
    setNotice('')
    const refused = await props.assistants.save(
      props.assistant?.id ?? null,
      props.isForChurch,
      inputOf(new FormData(form)),
    )
    setSending(false)
    if (refused === null) return void setNotice('Saved.')
    setProblem(refused)
    focusField(form, refused.field)
  }
  const show = async () => {
    if (form === undefined) return
    const { promptTemplate, piiDetection } = inputOf(new FormData(form))
    const shown = await props.assistants.preview(promptTemplate, piiDetection)
    if ('problem' in shown) setProblem(shown.problem)
    else setPreview(shown.answer)
  }
  const test = async (id: string) => {
    if (isTrying()) return
    setTrying(true)
    setTrial(null)
    const tried = await props.assistants.test(id)
    setTrying(false)
    if ('problem' in tried) setProblem(tried.problem)
    else setTrial(tried.answer)
  }
  return (
    <form ref={form} onSubmit={submit} class="grid gap-4">
      <ConfigurationFields
        assistant={props.assistant}
        isForChurch={props.isForChurch}
        template={props.template}
        variables={props.variables}
        problem={problem()}
      />
      <RefusalNotice message={ofForm()} />
      <div class="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" aria-busy={isSending()}>
          {isSending() ? 'Saving …' : 'Save'}
        </Button>
        <Button look="secondary" onClick={() => void show()}>
          Preview
        </Button>
        <Show when={props.assistant}>
          {(assistant) => (
            <>
              <Button look="secondary" aria-busy={isTrying()} onClick={() => void test(assistant().id)}>
                {isTrying() ? 'Asking …' : 'Try it'}
              </Button>
              <ConfirmedButton
                label="Remove"
                title="Remove this configuration?"
                confirm="Remove"
                look="raised"
                onConfirm={() => props.assistants.remove(assistant().id)}
              >
                <p>Existing summaries are kept. New ones are written without it.</p>
              </ConfirmedButton>
            </>
          )}
        </Show>
        <p role="status" class="text-quiet text-small">
          {notice()}
        </p>
      </div>
      <div aria-live="polite" class="grid gap-3 empty:hidden">
        <Show when={trial()}>
          {(tried) => (
            <div class="rounded-control bg-ground p-4 text-small">
              <p class={`font-medium ${tried().isReachable ? '' : 'text-alert'}`}>{testResultText(tried())}</p>
              <Show when={tried().text}>{(text) => <p class="mt-1">{text()}</p>}</Show>
              <p class="mt-1 text-caption text-quiet">Tests the saved configuration with a sample booking.</p>
            </div>
          )}
        </Show>
        <Show when={preview()}>{(shown) => <PromptPreview preview={shown()} />}</Show>
      </div>
    </form>
  )
}
