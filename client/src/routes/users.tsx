import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { useViewer } from '../features/session/session.ts'
import { InviteDrawer } from '../features/users/invite-drawer.tsx'
import { MemberDrawer } from '../features/users/member-drawer.tsx'
import { MemberFilters } from '../features/users/member-filters.tsx'
import { MemberList } from '../features/users/member-list.tsx'
import { createMembers } from '../features/users/members.ts'
import { type Member, noFilter } from '../features/users/model.ts'
import { createNow } from '../lib/clock.ts'
import { setTitle } from '../lib/title.ts'
import { Button } from '../ui/button.tsx'
import { NotFound } from './not-found.tsx'

/** All users. For admins; other users get "not found", as from the server. */
export function Users(): JSX.Element {
  const viewer = useViewer()
  return (
    <Show when={viewer().role === 'ADMIN'} fallback={<NotFound />}>
      <UsersPage />
    </Show>
  )
}

function UsersPage(): JSX.Element {
  setTitle('Users')
  const viewer = useViewer()
  const now = createNow()
  const [choice, setChoice] = createSignal(noFilter)
  const members = createMembers(choice)
  const [panel, setPanel] = createSignal<'invite' | Member | null>(null)
  const [notice, setNotice] = createSignal('')
  let opener: Element | null = null

  const open = (content: 'invite' | Member) => {
    opener = document.activeElement
    setNotice('')
    setPanel(content)
  }
  const opened = () => {
    const content = panel()
    return content === 'invite' ? null : content
  }
  const announce = (message: string) => {
    setNotice(message)
    void members.refresh()
  }

  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="flex flex-wrap items-end justify-between gap-3 px-1 pt-2">
        <div>
          <h1 class="font-semibold text-title">Users</h1>
          <p class="text-quiet text-small">Who has an account, their role, and whether they can sign in.</p>
        </div>
        <Button look="primary" onClick={() => open('invite')}>
          Invite user
        </Button>
      </div>
      <MemberFilters choice={choice()} onChange={setChoice} />
      <p role="status" class="rounded-control bg-accent-soft p-3 text-small empty:hidden">
        {notice()}
      </p>
      <section aria-label="Accounts" class="rounded-card bg-surface p-4 sm:p-5">
        <Show when={members.total()}>
          {(total) => <p class="mb-2 text-caption text-quiet">{total() === 1 ? '1 account' : `${total()} accounts`}</p>}
        </Show>
        <MemberList
          pages={members}
          now={now()}
          viewerId={viewer().id}
          isFiltered={choice() !== noFilter}
          onOpen={open}
        />
      </section>
      <Switch>
        <Match when={panel() === 'invite'}>
          <InviteDrawer
            churchName={viewer().churchName}
            returnFocusTo={opener}
            onClose={() => setPanel(null)}
            onInvited={(member) => {
              setPanel(null)
              announce(`${member.name}’s invitation was sent to ${member.email}.`)
            }}
          />
        </Match>
        <Match when={opened()}>
          {(member) => (
            <MemberDrawer
              member={member()}
              now={now()}
              isViewer={member().id === viewer().id}
              returnFocusTo={opener}
              onClose={() => setPanel(null)}
              onChanged={(changed, message) => {
                setPanel(changed)
                announce(message)
              }}
            />
          )}
        </Match>
      </Switch>
    </div>
  )
}
