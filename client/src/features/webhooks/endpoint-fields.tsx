import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Problem } from '../../lib/problem.ts'
import { problemOfField } from '../../lib/problem.ts'
import { CheckField, TextAreaField, TextField } from '../../ui/field.tsx'
import type { Refusal } from './endpoints.ts'
import { scopeLabels } from './model.ts'
import { DocumentProblems, PreviewPanel } from './preview-panel.tsx'

/** Fields that display their own errors. */
export const endpointFields: readonly string[] = ['name', 'url', 'scopes']

type Values = Readonly<{ name: string; document: string; scopes: readonly string[] }>

/** The selected scopes of a form. */
export function scopesIn(form: HTMLFormElement): string[] {
  return new FormData(form).getAll('scopes').filter((scope) => typeof scope === 'string')
}

/** The form fields of an endpoint. */
export function EndpointFields(
  props: Readonly<{ values: Values; refusal: Refusal | null; isNew: boolean }>,
): JSX.Element {
  let root: HTMLDivElement | undefined
  // Hides problems of a text that has been edited since.
  const [outdated, setOutdated] = createSignal<Refusal | null>(null)
  const documentProblems = () => {
    const { documentProblems: problems = [] } = props.refusal === outdated() ? {} : (props.refusal ?? {})
    return problems.length > 0 ? problems : null
  }
  const problem = (): Problem | null => props.refusal?.problem ?? null
  const read = () => {
    const form = root?.closest('form')
    return form
      ? { document: String(new FormData(form).get('document') ?? ''), scopes: scopesIn(form) }
      : { document: '', scopes: [] }
  }
  return (
    <div ref={root} class="grid grid-cols-1 gap-4">
      <TextField
        label="Name"
        name="name"
        value={props.values.name}
        maxlength={100}
        required
        hint="For example “Screen in the foyer”."
        error={problemOfField(problem(), 'name')}
      />
      <TextField
        label={props.isNew ? 'URL' : 'New URL'}
        name="url"
        type="url"
        inputmode="url"
        autocomplete="off"
        spellcheck={false}
        required={props.isNew}
        hint={
          props.isNew
            ? 'An https URL on the public internet. Its path and query are stored encrypted and never shown again.'
            : 'Leave empty to keep the current URL.'
        }
        error={problemOfField(problem(), 'url')}
      />
      <fieldset class="min-w-0">
        <legend class="font-medium text-small">Scopes</legend>
        <div class="mt-1 grid">
          <For each={Object.entries(scopeLabels)}>
            {([scope, label]) => (
              <CheckField
                name="scopes"
                value={scope}
                checked={props.values.scopes.includes(scope)}
                label={label}
                code={scope}
              />
            )}
          </For>
        </div>
        <p class="mt-1 text-alert text-caption empty:hidden">{problemOfField(problem(), 'scopes')}</p>
      </fieldset>
      <TextAreaField
        label="Document"
        name="document"
        value={props.values.document}
        rows={12}
        onInput={() => setOutdated(props.refusal)}
        required
        spellcheck={false}
        autocapitalize="none"
        class="font-mono"
        hint="A GraphQL subscription. The arguments of bookingChanged (kinds, where) select the changes to send; its fields define the payload."
      />
      <Show when={documentProblems()}>
        {(problems) => (
          <div role="alert">
            <DocumentProblems problems={problems()} />
          </div>
        )}
      </Show>
      <PreviewPanel read={read} />
    </div>
  )
}
