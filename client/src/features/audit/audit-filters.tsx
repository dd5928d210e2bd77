import { For, type JSX, Show } from 'solid-js'
import type { AuditLogFilter } from '../../gql/graphql.ts'
import { addDays, startOfDay } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { type ActionGroup, type AuditEntry, actionGroups } from './model.ts'

/** What a person chose to see. */
export type AuditChoice = Readonly<{
  group: ActionGroup | 'all'
  period: keyof typeof periods | 'all'
  person: NonNullable<AuditEntry['user']> | null
}>

/** Nothing left out. */
export const everything: AuditChoice = { group: 'all', period: 'all', person: null }

const periods = {
  today: { words: 'Today', days: 0 },
  week: { words: 'The last 7 days', days: 7 },
  month: { words: 'The last 30 days', days: 30 },
} as const

/** The choice as the API's filter; periods count whole days of the person's zone, back from `now`. */
export function filterOf(choice: AuditChoice, now: Date): AuditLogFilter {
  return {
    ...(choice.group === 'all' ? {} : { action: [...actionGroups[choice.group].actions] }),
    ...(choice.period === 'all'
      ? {}
      : { createdAt: { from: addDays(startOfDay(now), -periods[choice.period].days).toISOString() } }),
    ...(choice.person === null ? {} : { userId: choice.person.id }),
  }
}

const isGroup = (value: string): value is ActionGroup => Object.hasOwn(actionGroups, value)
const isPeriod = (value: string): value is keyof typeof periods => Object.hasOwn(periods, value)

/** The filters above the log. A person is chosen by pressing their name in a line, and taken back here. */
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
        <For each={Object.entries(actionGroups)}>{([group, { words }]) => <option value={group}>{words}</option>}</For>
      </SelectField>
      <SelectField
        label="When"
        value={props.choice.period}
        onChange={({ currentTarget: { value } }) =>
          props.onChange({ ...props.choice, period: isPeriod(value) ? value : 'all' })
        }
      >
        <option value="all">Any time</option>
        <For each={Object.entries(periods)}>{([period, { words }]) => <option value={period}>{words}</option>}</For>
      </SelectField>
      <Show when={props.choice.person}>
        {(person) => (
          <p class="sm:col-span-2">
            <Button onClick={() => props.onChange({ ...props.choice, person: null })}>
              Only {person().name}
              <Icon name="close" class="!size-4" />
              <span class="sr-only">: show everybody again</span>
            </Button>
          </p>
        )}
      </Show>
    </div>
  )
}
