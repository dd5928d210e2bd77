import { Dialog } from '@kobalte/core/dialog'
import { createSignal, type JSX, Show } from 'solid-js'
import { type Problem, refusalOf } from '../lib/problem.ts'
import { Button, buttonLook } from './button.tsx'

type Confirmation = Readonly<{
  title: string
  confirm: string
  /** Returns the problem, which keeps the dialog open and is shown in it, or null. */
  onConfirm: () => Promise<Problem | null>
  children: JSX.Element
}>

/** A button that explains the effect and acts only on confirmation. */
export function ConfirmedButton(
  props: Confirmation & Readonly<{ label: JSX.Element; look?: 'secondary' | 'raised' | 'danger' }>,
): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  return (
    <Dialog open={isOpen()} onOpenChange={setOpen}>
      <Dialog.Trigger class={buttonLook(props.look)}>{props.label}</Dialog.Trigger>
      <ConfirmationPanel {...props} onDone={() => setOpen(false)} />
    </Dialog>
  )
}

/** The same dialog without a button, open while mounted. On closing, `returnFocusTo` gets the focus. */
export function ConfirmDialog(
  props: Confirmation & Readonly<{ isDestructive?: boolean; returnFocusTo: Element | null; onClose: () => void }>,
): JSX.Element {
  const returnFocus = (event: Event) => {
    event.preventDefault()
    const target = props.returnFocusTo
    if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true })
  }
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && props.onClose()}>
      <ConfirmationPanel {...props} onDone={() => props.onClose()} onCloseAutoFocus={returnFocus} />
    </Dialog>
  )
}

function ConfirmationPanel(
  props: Confirmation &
    Readonly<{ isDestructive?: boolean; onDone: () => void; onCloseAutoFocus?: (event: Event) => void }>,
): JSX.Element {
  return (
    <Dialog.Portal>
      <Dialog.Overlay class="fixed inset-0 z-30 bg-veil" />
      <div class="fixed inset-0 z-40 grid place-items-center p-4">
        {/* Not Kobalte’s own AlertDialog: importing it turns every Dialog into an alert. */}
        <Dialog.Content
          role="alertdialog"
          class="max-h-full w-full max-w-md overflow-y-auto rounded-card bg-surface p-5 shadow-panel"
          {...(props.onCloseAutoFocus && { onCloseAutoFocus: props.onCloseAutoFocus })}
        >
          <ConfirmationContent {...props} />
        </Dialog.Content>
      </div>
    </Dialog.Portal>
  )
}

/** Recreated on each opening, so an earlier refusal isn't shown again. */
function ConfirmationContent(
  props: Confirmation & Readonly<{ isDestructive?: boolean; onDone: () => void }>,
): JSX.Element {
  const [isBusy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const act = async () => {
    if (isBusy()) return
    setBusy(true)
    setProblem(null)
    const refused = await props.onConfirm()
    setBusy(false)
    if (refused === null) props.onDone()
    else setProblem(refused)
  }
  return (
    <>
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
        <Button look={props.isDestructive ? 'danger' : 'primary'} aria-busy={isBusy()} onClick={act}>
          {props.confirm}
        </Button>
      </div>
    </>
  )
}
