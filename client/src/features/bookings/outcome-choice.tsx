import { createMutation } from '@urql/solid'
import { For, type JSX } from 'solid-js'
import { type MeetingOutcome, RecordMeetingOutcomeDocument } from '../../gql/graphql.ts'
import { problemOf, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'
import type { BookingRow } from './model.ts'

const outcomes: readonly (readonly [MeetingOutcome, string])[] = [
  ['COMPLETED', 'It took place'],
  ['NO_SHOW', 'No one came'],
]

/** Lets the owner record how a past meeting went. Pressing the same again clears it. */
export function OutcomeChoice(props: Readonly<{ row: BookingRow; onChanged: (row: BookingRow) => void }>): JSX.Element {
  const [mutation, execute] = createMutation(RecordMeetingOutcomeDocument)
  const record = async (outcome: MeetingOutcome) => {
    if (mutation.fetching) return
    const selected = props.row.status === outcome ? null : outcome
    const { data } = await execute({ input: { bookingId: props.row.id, outcome: selected } })
    if (data) props.onChanged(data.recordMeetingOutcome.booking)
  }
  return (
    <section aria-label="Outcome" class="mt-6">
      <h3 class="font-semibold">Outcome</h3>
      <div class="mt-2 flex flex-wrap gap-2">
        <For each={outcomes}>
          {([outcome, label]) => (
            <Button
              aria-pressed={props.row.status === outcome}
              aria-busy={mutation.fetching}
              look={props.row.status === outcome ? 'primary' : 'secondary'}
              onClick={() => void record(outcome)}
            >
              {label}
            </Button>
          )}
        </For>
      </div>
      <RefusalNotice message={mutation.error && `Not recorded. ${refusalOf(problemOf(mutation.error))}`} />
    </section>
  )
}
