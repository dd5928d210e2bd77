import { createUniqueId, type JSX, Show } from 'solid-js'

/** A titled region of a page. The title labels the region for screen readers. */
export function Card(
  props: Readonly<{ title: string; aside?: JSX.Element; class?: string; children: JSX.Element }>,
): JSX.Element {
  const titleId = createUniqueId()
  return (
    <section aria-labelledby={titleId} class={`rounded-card bg-surface p-4 sm:p-5 ${props.class ?? ''}`}>
      <div class="mb-3 flex min-h-6 items-center justify-between gap-3">
        <h2 id={titleId} class="font-semibold text-body">
          {props.title}
        </h2>
        <Show when={props.aside}>
          <div class="text-caption text-quiet">{props.aside}</div>
        </Show>
      </div>
      {props.children}
    </section>
  )
}
