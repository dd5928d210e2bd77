import { createUniqueId, For, type JSX, Show } from 'solid-js'
import type { SummaryVerdict } from '../../gql/graphql.ts'
import { useApi } from '../../lib/api.ts'
import { formatAgo, formatDate } from '../../lib/time.ts'
import { BriefActions } from './brief-actions.tsx'
import { EncryptedItem } from './encrypted-item.tsx'
import { createEncryptedTexts } from './encrypted-texts.ts'
import { type BriefMetadata, writtenBy } from './model.ts'
import { readFormAnswers, readIntake, readSummary } from './read-encrypted.ts'

/** A summary that can be opened, without its text. */
export type EncryptedSummary = Readonly<{
  id: string
  createdAt: string
  expiresAt: string | null
  feedback: SummaryVerdict | null
  metadata: BriefMetadata
}>

/** Form answers that can be opened. */
export type EncryptedResponse = Readonly<{ id: string; answeredCount: number; form: Readonly<{ name: string }> }>

/**
 * The encrypted items of a booking, for its owner. The notice precedes any opening; the decrypted text lives in one
 * signal of this component and is disposed with it.
 */
export function EncryptedSection(
  props: Readonly<{
    bookingId: string
    hasIntake: boolean
    summaries: readonly EncryptedSummary[]
    responses: readonly EncryptedResponse[]
    /** Whether a rewrite can be requested: a cancelled booking gets none. */
    takesPlace: boolean
    now: Date
    onOpened: () => void
  }>,
): JSX.Element {
  const { uncachedClient: sealed } = useApi()
  const texts = createEncryptedTexts()
  const sentenceId = createUniqueId()
  const summaryNote = (summary: EncryptedSummary) => {
    const writtenText = `Written ${formatAgo(new Date(summary.createdAt), props.now)} ${writtenBy(summary.metadata)}`
    return summary.expiresAt === null
      ? writtenText
      : `${writtenText}, kept until ${formatDate(new Date(summary.expiresAt))}`
  }
  const shared = { describedBy: sentenceId, texts }
  return (
    <section aria-label="Sealed" class="mt-6">
      <h3 class="font-semibold">Sealed</h3>
      <p id={sentenceId} class="mt-1 text-quiet text-small">
        Each time you open one, your name, the time and your IP address are logged.
      </p>
      <ul class="mt-3 grid gap-2">
        <For
          each={props.summaries}
          fallback={
            <li class="rounded-control bg-ground p-4 text-small">
              <p class="font-medium">No summary yet</p>
              <p class="text-quiet">It appears here automatically, usually within a minute of the booking.</p>
            </li>
          }
        >
          {(summary, index) => (
            <EncryptedItem
              {...shared}
              itemKey={summary.id}
              title={index() === 0 ? 'Summary' : 'Earlier summary'}
              note={summaryNote(summary)}
              openLabel="Open summary"
              isMain={index() === 0}
              read={() => readSummary(sealed, summary.id)}
              onOpened={props.onOpened}
            />
          )}
        </For>
        <Show when={props.hasIntake}>
          <EncryptedItem
            {...shared}
            itemKey={`intake ${props.bookingId}`}
            title="Intake"
            note="Attendees, and what they wrote when booking"
            openLabel="Open intake"
            read={() => readIntake(sealed, props.bookingId)}
            onOpened={props.onOpened}
          />
        </Show>
        <For each={props.responses}>
          {(response) => (
            <EncryptedItem
              {...shared}
              itemKey={response.id}
              title="Form answers"
              note={`${response.form.name}, ${response.answeredCount} ${response.answeredCount === 1 ? 'answer' : 'answers'}`}
              openLabel="Open answers"
              read={() => readFormAnswers(sealed, response.id)}
              onOpened={props.onOpened}
            />
          )}
        </For>
      </ul>
      <BriefActions bookingId={props.bookingId} summary={props.summaries[0] ?? null} takesPlace={props.takesPlace} />
      <Show when={texts.secondsLeft()}>
        {(seconds) => (
          <p class="mt-2 text-caption text-quiet">
            {seconds() > 30
              ? 'Open content closes automatically after a minute without activity.'
              : `Closes in ${seconds()} s. Touch or scroll to keep it open.`}
          </p>
        )}
      </Show>
    </section>
  )
}
