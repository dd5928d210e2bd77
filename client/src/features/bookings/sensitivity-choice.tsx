import { RadioGroup } from '@kobalte/core/radio-group'
import { createMutation } from '@urql/solid'
import { createSignal, For, type JSX, Show } from 'solid-js'
import { type Sensitivity, SetBookingSensitivityDocument } from '../../gql/graphql.ts'
import { adviceFor, problemOf } from '../../lib/problem.ts'
import { Icon } from '../../ui/icon.tsx'
import { type BookingRow, sensitivityLabels } from './model.ts'

const choices = ['LOW', 'MEDIUM', 'HIGH'] as const
const isSensitivity = (value: string): value is Sensitivity => choices.some((choice) => choice === value)

/** Lets the owner set a booking's sensitivity. The choice is optimistic until the server answers. */
export function SensitivityChoice(
  props: Readonly<{ row: BookingRow; onChanged: (row: BookingRow) => void }>,
): JSX.Element {
  const [mutation, execute] = createMutation(SetBookingSensitivityDocument)
  const [selected, setSelected] = createSignal<Sensitivity | null>(null)
  const current = () => selected() ?? props.row.sensitivity

  const choose = async (value: string) => {
    if (!isSensitivity(value) || value === current()) return
    setSelected(value)
    const { data } = await execute({ input: { bookingId: props.row.id, sensitivity: value } })
    if (data) props.onChanged(data.setBookingSensitivity.booking)
    // A later choice may be pending; it is shown until its own response arrives.
    setSelected((latest) => (latest === value ? null : latest))
  }

  return (
    <section aria-label="Sensitivity" class="mt-6">
      <RadioGroup value={current()} onChange={choose}>
        <RadioGroup.Label as="h3" class="font-semibold">
          Sensitivity
        </RadioGroup.Label>
        <div class="mt-2 grid grid-cols-3 gap-1 rounded-control bg-sunken p-1">
          <For each={choices}>
            {(choice) => (
              <RadioGroup.Item value={choice} class="contents">
                <RadioGroup.ItemInput class="peer sr-only" />
                <RadioGroup.ItemControl class="flex min-h-10 cursor-pointer items-center justify-center gap-1 rounded-control text-small data-[checked]:bg-surface data-[checked]:font-semibold peer-focus-visible:outline-2 peer-focus-visible:outline-accent">
                  <Icon name={sensitivityLabels[choice].icon} class="!size-4" />
                  <RadioGroup.ItemLabel class="cursor-pointer">{sensitivityLabels[choice].word}</RadioGroup.ItemLabel>
                </RadioGroup.ItemControl>
              </RadioGroup.Item>
            )}
          </For>
        </div>
      </RadioGroup>
      <p class="mt-2 text-quiet text-small">
        {sensitivityLabels[props.row.isAnonymous ? 'HIGH' : current()].description}
        {props.row.isAnonymous && current() !== 'HIGH' ? ' This applies to every anonymous booking.' : ''}
      </p>
      <Show when={mutation.error}>
        {(error) => (
          <p role="alert" class="mt-2 rounded-control bg-alert-soft p-3 text-small">
            Not changed. {adviceFor(problemOf(error()))}
          </p>
        )}
      </Show>
    </section>
  )
}
