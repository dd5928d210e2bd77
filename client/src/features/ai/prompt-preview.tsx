import { For, type JSX, Show } from 'solid-js'
import type { Preview } from './configurations.ts'
import { segmentsOf } from './model.ts'

/** What would be sent for a sample booking, with placeholders highlighted, or what is wrong with the template. */
export function PromptPreview(props: Readonly<{ preview: Preview }>): JSX.Element {
  return (
    <section aria-label="What would be sent" class="rounded-control bg-ground p-4 text-small">
      <Show
        when={props.preview.prompt}
        fallback={
          <ul class="grid gap-1">
            <For each={props.preview.faults}>{(fault) => <li class="text-alert">{fault.message}</li>}</For>
          </ul>
        }
      >
        {(prompt) => (
          <>
            <p class="font-medium">What would be sent for a sample booking</p>
            <p class="mt-2 whitespace-pre-wrap break-words">
              <For each={segmentsOf(prompt())}>
                {({ text, isPlaceholder }) => (
                  <Show when={isPlaceholder} fallback={text}>
                    <mark class="rounded-control bg-accent-soft px-1 font-medium text-ink">{text}</mark>
                  </Show>
                )}
              </For>
            </p>
            <Show
              when={props.preview.placeholders.length > 0}
              fallback={<p class="mt-3 font-medium text-alert">Names and numbers would be sent as they are.</p>}
            >
              <p class="mt-3 font-medium">What stays here</p>
              <dl class="mt-1 grid gap-x-3 gap-y-1 sm:grid-cols-[auto_1fr]">
                <For each={props.preview.placeholders}>
                  {({ placeholder, original }) => (
                    <>
                      <dt class="text-quiet">{placeholder}</dt>
                      <dd class="min-w-0 break-words">{original}</dd>
                    </>
                  )}
                </For>
              </dl>
            </Show>
            <p class="mt-3 font-medium">Instructions for the model</p>
            <p class="mt-1 whitespace-pre-wrap text-quiet">{props.preview.instructions}</p>
          </>
        )}
      </Show>
    </section>
  )
}
