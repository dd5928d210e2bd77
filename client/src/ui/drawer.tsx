import { Dialog } from '@kobalte/core/dialog'
import type { JSX } from 'solid-js'
import { Icon } from './icon.tsx'

/**
 * A modal panel from the right, full screen on a phone. Kobalte traps the focus and closes it on Escape and on an
 * outside press. On closing, `returnFocusTo` gets the focus, if it is still on the page.
 */
export function Drawer(
  props: Readonly<{
    title: JSX.Element
    subtitle: JSX.Element
    closeLabel: string
    onClose: () => void
    returnFocusTo: Element | null
    children: JSX.Element
  }>,
): JSX.Element {
  const restoreFocus = (event: Event) => {
    event.preventDefault()
    const target = props.returnFocusTo
    if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true })
  }
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-10 bg-veil" />
        <Dialog.Content
          onCloseAutoFocus={restoreFocus}
          class="fixed inset-y-0 right-0 z-20 flex w-full animate-slide flex-col bg-surface shadow-panel sm:max-w-[30rem]"
        >
          <header class="flex items-start gap-3 p-4 pb-3 sm:px-6 sm:pt-5">
            <div class="min-w-0 grow">
              <Dialog.Title class="font-semibold text-title">{props.title}</Dialog.Title>
              <p class="text-quiet">{props.subtitle}</p>
            </div>
            <Dialog.CloseButton
              aria-label={props.closeLabel}
              class="-mt-1 -mr-2 grid size-11 shrink-0 place-items-center rounded-control text-quiet hover:bg-sunken hover:text-ink"
            >
              <Icon name="close" />
            </Dialog.CloseButton>
          </header>
          <div class="grow overflow-y-auto overscroll-contain px-4 pb-8 sm:px-6">{props.children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog>
  )
}
