import { For, type JSX, Show } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { type AuditChoice, periods } from './choice.ts'
import { type ActionGroup, actionGroups } from './model.ts'

const isGroup = (value: string): value is ActionGroup => Object.hasOwn(actionGroups, value)
const isPeriod = (value: string): value is keyof typeof periods => Object.hasOwn(periods, value)

/** The filters above the log. Pressing a name in a row selects that person; it is cleared here. */
export function AuditFilters(
  props: Readonly<{ choice: AuditChoice; onChange: (choice: AuditChoice) => void }>,
): JSX.Element {
  return (
    <div class="grid gap-3 sm:grid-cols-2">
      <SelectField
        label="What"
        value={props.choice.group}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, group: isGroup(value) ? value : 'all' })
        }
      >
        <option value="all">Everything</option>
        <For each={Object.entries(actionGroups)}>{([group, { label }]) => <option value={group}>{label}</option>}</For>
      </SelectField>
      <SelectField
        label="When"
        value={props.choice.period}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, period: isPeriod(value) ? value : 'all' })
        }
      >
        <option value="all">Any time</option>
        <For each={Object.entries(periods)}>{([period, { label }]) => <option value={period}>{label}</option>}</For>
      </SelectField>
      <Show when={props.choice.person}>
        {(person) => (
          <p class="sm:col-span-2">
            <Button onClick={() => props.onChange({ ...props.choice, person: null })}>
              Only {person().name}
              <Icon name="close" class="!size-4" />
              <span class="sr-only">: show everyone again</span>
            </Button>
          </p>
        )}
      </Show>
    </div>
  )
}
