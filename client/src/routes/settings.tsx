import { createSignal, For, type JSX, Show } from 'solid-js'
import { useViewer } from '../features/session/session.ts'
import type { Setting } from '../features/settings/model.ts'
import { SettingDrawer } from '../features/settings/setting-drawer.tsx'
import { SettingList } from '../features/settings/setting-list.tsx'
import { createSettings } from '../features/settings/settings.ts'
import { createNow } from '../lib/clock.ts'
import { setTitle } from '../lib/title.ts'
import { ErrorNotice } from '../ui/notice.tsx'
import { NotFound } from './not-found.tsx'

/** The church's settings, for admins; other users get "not found". */
export function Settings(): JSX.Element {
  const viewer = useViewer()
  return (
    <Show when={viewer().role === 'ADMIN'} fallback={<NotFound />}>
      <SettingsPage />
    </Show>
  )
}

function SettingsPage(): JSX.Element {
  setTitle('Settings')
  const now = createNow()
  const settings = createSettings()
  const [opened, setOpened] = createSignal<Setting | null>(null)
  const [notice, setNotice] = createSignal('')
  let opener: Element | null = null
  const open = (setting: Setting) => {
    opener = document.activeElement
    setNotice('')
    setOpened(setting)
  }
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Settings</h1>
        <p class="text-quiet text-small">
          Changes apply to the whole church immediately. The audit log records each change, but never the value.
        </p>
      </div>
      <p role="status" class="rounded-control bg-accent-soft p-3 text-small empty:hidden">
        {notice()}
      </p>
      <For each={settings.warnings()}>
        {(message) => <ErrorNotice title="The server needs attention" advice={message} />}
      </For>
      <SettingList settings={settings} now={now()} onOpen={open} />
      <Show when={opened()}>
        {(setting) => (
          <SettingDrawer
            setting={setting()}
            settings={settings}
            returnFocusTo={opener}
            onClose={() => setOpened(null)}
            onChanged={(message) => {
              setOpened(null)
              setNotice(message)
            }}
          />
        )}
      </Show>
    </div>
  )
}
