import { createSignal, type JSX, Show } from 'solid-js'
import { useViewer } from '../features/session/session.ts'
import { CreateTokenDrawer } from '../features/tokens/create-token-drawer.tsx'
import { TokenList } from '../features/tokens/token-list.tsx'
import { createTokens } from '../features/tokens/tokens.ts'
import { UnconfirmedTokens } from '../features/tokens/waiting-tokens.tsx'
import { createNow } from '../lib/clock.ts'
import { setTitle } from '../lib/title.ts'
import { Button } from '../ui/button.tsx'

/** The API tokens for scripts. */
export function Tokens(): JSX.Element {
  setTitle('API tokens')
  const viewer = useViewer()
  const now = createNow()
  const [withEnded, setWithEnded] = createSignal(false)
  const tokens = createTokens(() => (withEnded() ? 'all' : 'active'))
  const waiting = createTokens(() => 'waiting')
  const [isCreating, setCreating] = createSignal(false)
  const [notice, setNotice] = createSignal('')
  let opener: Element | null = null
  let messageElement: HTMLParagraphElement | undefined

  const open = () => {
    opener = document.activeElement
    setNotice('')
    setCreating(true)
  }
  // The pressed button disappears with its row, so move the focus to the message.
  const announce = (message: string) => {
    setNotice(message)
    requestAnimationFrame(() => messageElement?.focus())
  }
  const announceRevoked = (name: string) => announce(`${name} is revoked.`)

  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="flex flex-wrap items-end justify-between gap-3 px-1 pt-2">
        <div class="min-w-0 flex-1 basis-60">
          <h1 class="font-semibold text-title">API tokens</h1>
          <p class="text-quiet text-small">
            {viewer().role === 'ADMIN'
              ? 'Tokens for scripts, yours and everyone else’s. No token can open encrypted content.'
              : 'Tokens for scripts that act as you. No token can open encrypted content.'}
          </p>
        </div>
        <Button look="primary" onClick={open}>
          New token
        </Button>
      </div>
      <p
        ref={messageElement}
        role="status"
        tabindex="-1"
        class="rounded-control bg-accent-soft p-3 text-small empty:hidden"
      >
        {notice()}
      </p>
      <UnconfirmedTokens
        tokens={waiting}
        isProblemShown={tokens.problem() === null}
        now={now()}
        viewerId={viewer().id}
        isAdmin={viewer().role === 'ADMIN'}
        onDone={(message) => {
          announce(message)
          void tokens.refresh()
        }}
      />
      <section aria-label="Tokens" class="rounded-card bg-surface p-4 sm:p-5">
        <TokenList
          tokens={tokens}
          now={now()}
          viewerId={viewer().id}
          withEnded={withEnded()}
          onRevoked={announceRevoked}
          onRetry={() => {
            void tokens.more()
            if (waiting.problem() !== null) void waiting.more()
          }}
        />
        <Button class="mt-5" onClick={() => setWithEnded(!withEnded())}>
          {withEnded() ? 'Hide inactive tokens' : 'Show inactive tokens'}
        </Button>
      </section>
      <Show when={isCreating()}>
        <CreateTokenDrawer
          tokens={tokens}
          returnFocusTo={opener}
          onClose={() => setCreating(false)}
          onCreated={(name) => {
            setNotice(`${name} is created.`)
            void tokens.refresh()
          }}
        />
      </Show>
    </div>
  )
}
