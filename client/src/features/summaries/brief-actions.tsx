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
  const [rewriteMutation, sendRewrite] = createMutation(RegenerateSummaryDocument)
  const [ratingMutation, sendRating] = createMutation(GiveSummaryFeedbackDocument)
  // The summary at the time of the request: a different one from the live stream is the rewritten one.
  const [supersededId, setSupersededId] = createSignal<string | null>(null)
  const [rating, setRating] = createSignal<Readonly<{ id: string; verdict: SummaryVerdict | null }> | null>(null)
  const current = () => props.summary?.id ?? 'none'
  const isRewriting = () => supersededId() === current()
  const verdict = () => {
    const now = rating()
    return now !== null && now.id === props.summary?.id ? now.verdict : (props.summary?.feedback ?? null)
  }
  const rewrite = async () => {
    if (rewriteMutation.fetching || isRewriting()) return
    const { data } = await sendRewrite({ input: { bookingId: props.bookingId } })
    if (data) setSupersededId(current())
  }
  const rate = async (id: string, pressed: SummaryVerdict) => {
    if (ratingMutation.fetching) return
    const { data } = await sendRating({ input: { id, verdict: verdict() === pressed ? null : pressed } })
    if (data) setRating({ id, verdict: data.giveSummaryFeedback.summary.feedback })
  }
  return (
    <div class="mt-3">
      <div class="flex flex-wrap items-center gap-2">
        <Show when={props.summary}>
          {(summary) => (
            <fieldset class="flex flex-wrap items-center gap-2">
              <legend class="sr-only">Was this summary helpful?</legend>
              <For each={verdicts}>
                {([value, label]) => (
                  <Button
                    aria-pressed={verdict() === value}
                    aria-busy={ratingMutation.fetching}
                    look={verdict() === value ? 'primary' : 'secondary'}
                    onClick={() => void rate(summary().id, value)}
                  >
                    {label}
                  </Button>
                )}
              </For>
            </fieldset>
          )}
        </Show>
        <Show when={props.takesPlace}>
          <Button look="secondary" aria-busy={rewriteMutation.fetching} onClick={() => void rewrite()}>
            {props.summary === null ? 'Write a summary' : 'Rewrite brief'}
          </Button>
        </Show>
      </div>
      <p aria-live="polite" class="mt-1 text-caption text-quiet">
        <Show when={isRewriting()}>A new summary is being written. It replaces this one automatically.</Show>
      </p>
      <RefusalNotice
        message={rewriteMutation.error && `Not requested. ${refusalOf(problemOf(rewriteMutation.error))}`}
      />
      <RefusalNotice message={ratingMutation.error && `Not saved. ${refusalOf(problemOf(ratingMutation.error))}`} />
    </div>
  )
}
