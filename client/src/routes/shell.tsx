import { DropdownMenu } from '@kobalte/core/dropdown-menu'
import { A, useNavigate } from '@solidjs/router'
import { For, type JSX } from 'solid-js'
import { ChangeAnnouncer } from '../features/bookings/live/change-announcer.tsx'
import { ConnectionLabel } from '../features/bookings/live/connection-label.tsx'
import { createLiveBookings, LiveBookingsProvider } from '../features/bookings/live/live-bookings.ts'
import { type Session, useViewer } from '../features/session/session.ts'
import { useApi } from '../lib/api.ts'
import { createNow } from '../lib/clock.ts'
import { Icon } from '../ui/icon.tsx'
import { PageFrame } from './page-frame.tsx'

const item =
  'flex min-h-11 cursor-pointer items-center rounded-control px-3 text-small outline-none data-[highlighted]:bg-sunken'

const commonLinks = [
  { path: '/', label: 'Dashboard' },
  { path: '/audit', label: 'Audit log' },
]
const adminLinks = [
  ...commonLinks,
  { path: '/users', label: 'Users' },
  { path: '/jobs', label: 'Jobs' },
  { path: '/settings', label: 'Settings' },
]
const pastorLinks = [{ path: '/meeting-limits', label: 'Meeting limits' }]
const accountLinks = [
  { path: '/summaries', label: 'Summaries' },
  { path: '/webhooks', label: 'Webhooks' },
  { path: '/tokens', label: 'API tokens' },
  { path: '/account', label: 'Account' },
]

/** The frame of every signed-in page: navigation, connection state, and sign-out. */
export function Shell(props: Readonly<{ session: Session; children: JSX.Element }>): JSX.Element {
  const viewer = useViewer()
  const navigate = useNavigate()
  const pages = () => (viewer().role === 'ADMIN' ? adminLinks : commonLinks)
  const own = () => (viewer().role === 'PASTOR' ? [...pastorLinks, ...accountLinks] : accountLinks)
  const now = createNow()
  const confirmSessionEnded = async () => {
    await props.session.checkSession()
    return props.session.state().name !== 'signed-in'
  }
  const bookings = createLiveBookings({ api: useApi(), now, confirmSessionEnded })
  return (
    <LiveBookingsProvider value={bookings}>
      <a
        href="#main"
        class="sr-only focus:not-sr-only focus:absolute focus:z-30 focus:m-2 focus:rounded-control focus:bg-surface focus:p-3"
      >
        Skip to content
      </a>
      <header class="mx-auto flex min-h-14 max-w-[90rem] items-center gap-4 px-4 sm:px-6">
        <A href="/" class="font-semibold">
          ChurchHub
        </A>
        <nav aria-label="Pages" class="hidden gap-1 sm:flex">
          <For each={pages()}>
            {({ path, label }) => (
              <A
                href={path}
                end={path === '/'}
                class="rounded-control px-3 py-2 text-small hover:bg-sunken"
                activeClass="font-semibold"
                inactiveClass="text-quiet"
              >
                {label}
              </A>
            )}
          </For>
        </nav>
        <div class="ml-auto flex items-center gap-2">
          <ConnectionLabel connection={bookings.connection()} />
          <DropdownMenu placement="bottom-end">
            <DropdownMenu.Trigger class="-mr-2 flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-control px-3 text-small hover:bg-sunken">
              <span class="hidden max-w-48 truncate sm:inline">{viewer().name}</span>
              <Icon name="menu" />
              <span class="sr-only sm:hidden">Menu</span>
            </DropdownMenu.Trigger>
            <DropdownMenu.Portal>
              <DropdownMenu.Content class="z-30 min-w-56 rounded-card bg-surface p-1 shadow-panel">
                <DropdownMenu.Group>
                  <DropdownMenu.GroupLabel class="block px-3 py-2 text-small">
                    <span class="block font-medium">{viewer().name}</span>
                    <span class="block text-caption text-quiet">
                      {viewer().role === 'ADMIN' ? 'Admin, ' : ''}
                      {viewer().churchName}
                    </span>
                  </DropdownMenu.GroupLabel>
                  <For each={[...pages(), ...own()]}>
                    {({ path, label }) => (
                      <DropdownMenu.Item class={item} onSelect={() => navigate(path)}>
                        {label}
                      </DropdownMenu.Item>
                    )}
                  </For>
                  <DropdownMenu.Item class={item} onSelect={() => void props.session.signOut()}>
                    Sign out
                  </DropdownMenu.Item>
                </DropdownMenu.Group>
              </DropdownMenu.Content>
            </DropdownMenu.Portal>
          </DropdownMenu>
        </div>
      </header>
      <main id="main" tabindex="-1" class="mx-auto max-w-[90rem] px-3 pb-12 outline-none sm:px-6">
        <PageFrame>{props.children}</PageFrame>
      </main>
      <ChangeAnnouncer store={bookings.store} viewerId={viewer().id} />
    </LiveBookingsProvider>
  )
}
