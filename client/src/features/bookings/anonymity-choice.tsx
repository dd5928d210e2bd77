import { Switch } from '@kobalte/core/switch'
import { createMutation } from '@urql/solid'
import { createSignal, type JSX } from 'solid-js'
import { SetBookingAnonymityDocument } from '../../gql/graphql.ts'
import { problemOf, refusalOf } from '../../lib/problem.ts'
import { RefusalNotice } from '../../ui/notice.tsx'
import type { BookingRow } from './model.ts'

/** Lets the owner make a booking anonymous, or not. The switch is optimistic until the server answers. */
export function AnonymityChoice(
  props: Readonly<{ row: BookingRow; onChanged: (row: BookingRow) => void }>,
): JSX.Element {
  const [mutation, execute] = createMutation(SetBookingAnonymityDocument)
  const [selected, setSelected] = createSignal<boolean | null>(null)
  const isAnonymous = () => selected() ?? props.row.isAnonymous

  const choose = async (value: boolean) => {
    if (value === isAnonymous()) return
    setSelected(value)
    const { data } = await execute({ input: { bookingId: props.row.id, isAnonymous: value } })
    if (data) props.onChanged(data.setBookingAnonymity.booking)
    // A later choice may be pending; it is shown until its own response arrives.
    setSelected((latest) => (latest === value ? null : latest))
  }

  return (
    <div class="mt-4">
      <Switch
        checked={isAnonymous()}
        onChange={choose}
        class="flex min-h-11 items-center justify-between gap-4 rounded-control bg-sunken px-3"
      >
        <Switch.Label class="grow cursor-pointer py-2 text-small">Anonymous</Switch.Label>
        <Switch.Input class="peer sr-only" />
        <Switch.Control class="inline-flex h-6 w-11 shrink-0 cursor-pointer items-center rounded-full bg-edge p-0.5 data-[checked]:bg-accent peer-focus-visible:outline-2 peer-focus-visible:outline-accent peer-focus-visible:outline-offset-2">
          <Switch.Thumb class="size-5 rounded-full bg-surface transition-transform data-[checked]:translate-x-5" />
        </Switch.Control>
      </Switch>
      <p class="mt-2 text-quiet text-small">
        {isAnonymous()
          ? 'The attendees are encrypted with the intake, regardless of sensitivity.'
          : 'Encrypts the attendees with the intake, regardless of sensitivity.'}
      </p>
      <RefusalNotice message={mutation.error && `Not changed. ${refusalOf(problemOf(mutation.error))}`} />
    </div>
  )
}
