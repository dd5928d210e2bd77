import { Dialog } from '@kobalte/core/dialog'
import { createSignal, type JSX, Show } from 'solid-js'
import { type Problem, refusalOf } from '../lib/problem.ts'
import { Button, buttonLook } from './button.tsx'

/**
 * A button that first says what will happen, and does it only when that is confirmed. `deed` returns what was wrong,
 * which the dialog shows and stays open for, or null.
 */
export function ConfirmedButton(
  props: Readonly<{
    label: JSX.Element
    title: string
    confirm: string
    deed: () => Promise<Problem | null>
    look?: 'secondary' | 'raised' | 'danger'
    children: JSX.Element
  }>,
): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const [isBusy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const change = (open: boolean) => {
    setProblem(null)
    setOpen(open)
  }
  const act = async () => {
    if (isBusy()) return
    setBusy(true)
    setProblem(null)
    const refused = await props.deed()
    setBusy(false)
    if (refused === null) setOpen(false)
    else setProblem(refused)
  }
  return (
    <Dialog open={isOpen()} onOpenChange={change}>
      <Dialog.Trigger class={buttonLook(props.look)}>{props.label}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-30 bg-veil" />
        <div class="fixed inset-0 z-40 grid place-items-center p-4">
          {/* Not Kobalte’s own AlertDialog: loading that turns every Dialog of the program into an alert. */}
          <Dialog.Content
            role="alertdialog"
            class="max-h-full w-full max-w-md overflow-y-auto rounded-card bg-surface p-5 shadow-panel"
          >
            <Dialog.Title class="font-semibold text-body">{props.title}</Dialog.Title>
            <Dialog.Description as="div" class="mt-2 grid gap-2 text-small">
              {props.children}
            </Dialog.Description>
            <div role="alert">
              <Show when={problem()}>
                {(refused) => <p class="mt-3 rounded-control bg-alert-soft p-3 text-small">{refusalOf(refused())}</p>}
              </Show>
            </div>
            <div class="mt-5 flex flex-wrap justify-end gap-3">
              <Dialog.CloseButton class={buttonLook()} aria-label="Cancel">
                Cancel
              </Dialog.CloseButton>
              <Button look="primary" aria-busy={isBusy()} onClick={act}>
                {props.confirm}
              </Button>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  )
}
