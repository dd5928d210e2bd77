import { For, type JSX, Show } from 'solid-js'
import type { RequestPreview } from './configurations.ts'
import { segmentsOf } from './model.ts'

/** The text that would be sent, with placeholders highlighted. */
export function RequestText(props: Readonly<{ preview: RequestPreview }>): JSX.Element {
  return (
    <section aria-label="What would be sent" class="rounded-control bg-ground p-4 text-small">
      <p class="font-medium">
        {props.preview.isExample
          ? 'What would be sent for a sample booking'
          : 'What would be sent for your next booking'}
      </p>
      <p class="mt-2 whitespace-pre-wrap break-words">
        <For each={segmentsOf(props.preview.prompt)}>
          {({ text, isPlaceholder }) => (
            <Show when={isPlaceholder} fallback={text}>
              <mark class="rounded-control bg-accent-soft px-1 font-medium text-ink">{text}</mark>
            </Show>
          )}
        </For>
      </p>
    </section>
  )
}
