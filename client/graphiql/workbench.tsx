import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { ErrorNotice } from '../src/ui/notice.tsx'

/** GraphiQL itself, which is React's: loaded when somebody may use it, and mounted into an element of this page. */
export function Workbench(
  props: Readonly<{
    /** Null: the session's cookie. */
    token: string | null
    onToken?: (token: string) => void
  }>,
): JSX.Element {
  const [hasFailed, setFailed] = createSignal(false)
  let element: HTMLDivElement | undefined
  let unmount: (() => void) | undefined
  let isDisposed = false

  const load = async () => {
    setFailed(false)
    try {
      const { mountGraphiql } = await import('./pane.ts')
      if (element !== undefined && !isDisposed) unmount = mountGraphiql(element, props.token)
    } catch {
      setFailed(true)
    }
  }
  onMount(() => void load())
  onCleanup(() => {
    isDisposed = true
    unmount?.()
  })

  return (
    <main class="relative min-h-0 flex-1">
      <Show when={hasFailed()}>
        <div class="p-6">
          <ErrorNotice
            title="GraphiQL could not be loaded."
            advice="Check the connection."
            onRetry={() => void load()}
          />
        </div>
      </Show>
      <div ref={element} class="h-full" />
    </main>
  )
}
