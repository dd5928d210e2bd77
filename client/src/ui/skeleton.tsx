import { For, type JSX } from 'solid-js'

/** Grey lines in place of text, and a sentence for screen readers. */
export function Skeleton(props: Readonly<{ lines: number; label: string }>): JSX.Element {
  const widths = ['w-2/5', 'w-4/5', 'w-3/5', 'w-2/3']
  return (
    <div role="status">
      <span class="sr-only">{props.label}</span>
      <div aria-hidden="true" class="grid gap-3 py-1">
        <For each={Array.from({ length: props.lines }, (_, index) => widths[index % widths.length])}>
          {(width) => <div class={`h-4 animate-pulse rounded-control bg-sunken ${width}`} />}
        </For>
      </div>
    </div>
  )
}
