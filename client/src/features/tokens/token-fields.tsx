import { For, type JSX, Show } from 'solid-js'
import { adviceFor, type Problem, problemOfField } from '../../lib/problem.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { defaultLifetimeDays, lifetimes } from './model.ts'
import type { OfferedScopes } from './offered-scopes.ts'

/** Fields that display their own errors. */
export const tokenFields: readonly string[] = ['name', 'scopes', 'expiresAt']

/** The form fields of a new token. */
export function TokenFields(props: Readonly<{ offered: OfferedScopes; problem: Problem | null }>): JSX.Element {
  return (
    <div class="grid gap-4">
      <TextField
        label="Name"
        name="name"
        maxlength={100}
        required
        autocomplete="off"
        hint="For example “Weekly sheet”."
        error={problemOfField(props.problem, 'name')}
      />
      <SelectField label="Expires after" name="expiresAt" error={problemOfField(props.problem, 'expiresAt')}>
        <For each={lifetimes}>
          {({ days, label }) => (
            <option value={days} selected={days === defaultLifetimeDays}>
              {label}
            </option>
          )}
        </For>
      </SelectField>
      <fieldset class="min-w-0">
        <legend class="font-medium text-small">Scopes</legend>
        <p class="text-caption text-quiet">
          A token never has more access than you, sees bookings redacted, and can’t open encrypted content.
        </p>
        <Show when={props.offered.scopes()} fallback={<ScopesToCome offered={props.offered} />}>
          {(scopes) => (
            <div class="mt-2 grid gap-1">
              <For each={scopes()}>
                {({ name, description }) => (
                  <CheckField name="scopes" value={name} checked={false} label={description} code={name} />
                )}
              </For>
            </div>
          )}
        </Show>
        <p role="alert" class="mt-1 text-alert text-caption empty:hidden">
          {problemOfField(props.problem, 'scopes')}
        </p>
      </fieldset>
    </div>
  )
}

function ScopesToCome(props: Readonly<{ offered: OfferedScopes }>): JSX.Element {
  return (
    <Show when={props.offered.problem()} fallback={<Skeleton lines={4} label="Loading scopes" />}>
      {(problem) => (
        <ErrorNotice
          title="Scopes couldn’t be loaded"
          advice={adviceFor(problem())}
          onRetry={() => void props.offered.load()}
        />
      )}
    </Show>
  )
}
