import { For, type JSX, Show } from 'solid-js'
import { type Problem, problemOfField } from '../../lib/problem.ts'
import { CheckField, SelectField, TextAreaField, TextField } from '../../ui/field.tsx'
import { type Configuration, providerLabels } from './model.ts'

/** Fields that display their own errors. */
export const configurationFields: readonly string[] = [
  'provider',
  'model',
  'maxTokens',
  'temperature',
  'promptTemplate',
  'retentionDays',
]

/** The fields of a configuration, with defaults for a new one. */
export function ConfigurationFields(
  props: Readonly<{
    assistant: Configuration | null
    isForChurch: boolean
    template: string
    variables: readonly Readonly<{ name: string; meaning: string }>[]
    problem: Problem | null
  }>,
): JSX.Element {
  const error = (name: string) => problemOfField(props.problem, name)
  return (
    <div class="grid gap-4">
      <div class="grid gap-4 sm:grid-cols-2">
        <SelectField label="Provider" name="provider" error={error('provider')}>
          <For each={Object.entries(providerLabels)}>
            {([value, label]) => (
              <option value={value} selected={(props.assistant?.provider ?? 'LOCAL') === value}>
                {label}
              </option>
            )}
          </For>
        </SelectField>
        <TextField
          label="Model"
          name="model"
          value={props.assistant?.model ?? ''}
          hint="The provider’s name for it, such as llama3.2 or gpt-4o-mini"
          error={error('model')}
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </div>
      <div class="grid gap-4 sm:grid-cols-3">
        <TextField
          label="Maximum response length (tokens)"
          name="maxTokens"
          type="number"
          inputmode="numeric"
          min={50}
          max={32_000}
          value={props.assistant?.maxTokens ?? 1_000}
          error={error('maxTokens')}
          required
        />
        <TextField
          label="Temperature"
          name="temperature"
          type="number"
          inputmode="decimal"
          min={0}
          max={2}
          step="0.05"
          value={props.assistant?.temperature ?? 0.7}
          error={error('temperature')}
          required
        />
        <TextField
          label="Retention (days)"
          name="retentionDays"
          type="number"
          inputmode="numeric"
          min={1}
          max={3_650}
          value={props.assistant?.retentionDays ?? 90}
          hint="After the meeting"
          error={error('retentionDays')}
          required
        />
      </div>
      <TextAreaField
        label="Question"
        name="promptTemplate"
        rows={7}
        value={props.assistant?.promptTemplate ?? props.template}
        hint={`May name ${props.variables.map(({ name }) => `{{${name}}}`).join(', ')}.`}
        error={error('promptTemplate')}
        required
      />
      <div>
        <Show
          when={props.isForChurch}
          fallback={
            <CheckField
              name="piiDetection"
              value="on"
              checked={props.assistant?.piiDetection ?? true}
              label="Mask names, addresses and numbers"
            />
          }
        >
          <input type="hidden" name="piiDetection" value="on" />
          <p class="text-quiet text-small">Names, addresses and numbers are always masked.</p>
        </Show>
        <CheckField name="isActive" value="on" checked={props.assistant?.isActive ?? true} label="Use for summaries" />
      </div>
    </div>
  )
}
