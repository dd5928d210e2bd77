import { createSignal, type JSX, onCleanup } from 'solid-js'
import { Button } from './button.tsx'

/** A secret shown only once, with an explanation. Closing it discards the secret. */
export function ShownOnce(
  props: Readonly<{ label: string; secret: string; onDone: () => void; children: JSX.Element }>,
): JSX.Element {
  const [notice, setNotice] = createSignal('')
  let shown: HTMLElement | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(props.secret).then(
      () => true,
      () => false,
    )
    if (!isCopied && shown) getSelection()?.selectAllChildren(shown)
    setNotice(isCopied ? 'Copied.' : 'Selected. Copy it with the keyboard.')
    clearTimeout(timer)
    timer = setTimeout(() => setNotice(''), 4_000)
  }

  return (
    <section aria-label={props.label} class="grid gap-3 rounded-control bg-accent-soft p-4">
      <div class="text-small">{props.children}</div>
      <code
        ref={shown}
        class="block select-all rounded-control bg-surface p-3 font-mono text-small [overflow-wrap:anywhere]"
      >
        {props.secret}
      </code>
      <div class="flex flex-wrap items-center gap-3">
        <Button look="primary" onClick={copy}>
          Copy
        </Button>
        <Button look="raised" onClick={() => props.onDone()}>
          I’ve saved it
        </Button>
        <p role="status" class="text-quiet text-small">
          {notice()}
        </p>
      </div>
    </section>
  )
}
