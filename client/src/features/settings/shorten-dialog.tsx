import { For, type JSX } from 'solid-js'
import type { Problem } from '../../lib/problem.ts'
import { ConfirmDialog } from '../../ui/confirm.tsx'
import { type Affected, affectedMessage } from './model.ts'

/** Says what a shorter retention deletes, and saves it on confirmation. */
export function ShortenDialog(
  props: Readonly<{
    affected: Affected
    returnFocusTo: Element | null
    onConfirm: () => Promise<Problem | null>
    onClose: () => void
  }>,
): JSX.Element {
  return (
    <ConfirmDialog
      title="Delete older data?"
      confirm="Delete"
      isDestructive
      onConfirm={props.onConfirm}
      returnFocusTo={props.returnFocusTo}
      onClose={props.onClose}
    >
      <p>Within a day, this deletes:</p>
      <ul class="list-disc pl-5">
        <For each={affectedMessage(props.affected)}>{(line) => <li>{line}</li>}</For>
      </ul>
      <p>This can’t be undone.</p>
    </ConfirmDialog>
  )
}
