import { createMutation } from '@urql/solid'
import { createSignal, For, type JSX, Show } from 'solid-js'
import { GiveSummaryFeedbackDocument, RegenerateSummaryDocument, type SummaryVerdict } from '../../gql/graphql.ts'
import { problemOf, refusalOf } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { RefusalNotice } from '../../ui/notice.tsx'

const verdicts: readonly (readonly [SummaryVerdict, string])[] = [
  ['USEFUL', 'Useful'],
  ['WRONG', 'Wrong'],
]

/** The owner's actions on an unopened summary: rewrite it, and rate it. Pressing the same rating again clears it. */
export function BriefActions(
  props: Readonly<{
    bookingId: string
    summary: Readonly<{ id: string; feedback: SummaryVerdict | null }> | null
    takesPlace: boolean
  }>,
): JSX.Element {
  const [ordering, order] = createMutation(RegenerateSummaryDocument)
  const [saying, say] = createMutation(GiveSummaryFeedbackDocument)
  // The summary at the time of the request: a different one from the live stream is the rewritten one.
  const [orderedOver, setOrderedOver] = createSignal<string | null>(null)
  const [said, setSaid] = createSignal<Readonly<{ id: string; verdict: SummaryVerdict | null }> | null>(null)
  const current = () => props.summary?.id ?? 'none'
  const isOrdered = () => orderedOver() === current()
  const verdict = () => {
    const now = said()
    return now !== null && now.id === props.summary?.id ? now.verdict : (props.summary?.feedback ?? null)
  }
  const orderAnew = async () => {
    if (ordering.fetching || isOrdered()) return
    const { data } = await order({ input: { bookingId: props.bookingId } })
    if (data) setOrderedOver(current())
  }
  const tell = async (id: string, pressed: SummaryVerdict) => {
    if (saying.fetching) return
    const { data } = await say({ input: { id, verdict: verdict() === pressed ? null : pressed } })
    if (data) setSaid({ id, verdict: data.giveSummaryFeedback.summary.feedback })
  }
  return (
    <div class="mt-3">
      <div class="flex flex-wrap items-center gap-2">
        <Show when={props.summary}>
          {(summary) => (
            <fieldset class="flex flex-wrap items-center gap-2">
              <legend class="sr-only">Was the summary of use?</legend>
              <For each={verdicts}>
                {([value, words]) => (
                  <Button
                    aria-pressed={verdict() === value}
                    aria-busy={saying.fetching}
                    look={verdict() === value ? 'primary' : 'secondary'}
                    onClick={() => void tell(summary().id, value)}
                  >
                    {words}
                  </Button>
                )}
              </For>
            </fieldset>
          )}
        </Show>
        <Show when={props.takesPlace}>
          <Button look="secondary" aria-busy={ordering.fetching} onClick={() => void orderAnew()}>
            {props.summary === null ? 'Write a summary' : 'Rewrite brief'}
          </Button>
        </Show>
      </div>
      <p aria-live="polite" class="mt-1 text-caption text-quiet">
        <Show when={isOrdered()}>A new summary is being written. It takes the place of this one by itself.</Show>
      </p>
      <RefusalNotice words={ordering.error && `Not ordered. ${refusalOf(problemOf(ordering.error))}`} />
      <RefusalNotice words={saying.error && `Not kept. ${refusalOf(problemOf(saying.error))}`} />
    </div>
  )
}
