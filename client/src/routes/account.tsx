import { type JSX, Show } from 'solid-js'
import { ChangePasswordCard } from '../features/account/change-password-card.tsx'
import { createOwnProfile } from '../features/account/own-profile.ts'
import { createOwnSessions } from '../features/account/own-sessions.ts'
import { ProfileCard } from '../features/account/profile-card.tsx'
import { SessionsCard } from '../features/account/sessions-card.tsx'
import { createEventTypes } from '../features/event-types/event-types.ts'
import { EventTypesCard } from '../features/event-types/event-types-card.tsx'
import { type Session, useViewer } from '../features/session/session.ts'
import { createNow } from '../lib/clock.ts'
import { setTitle } from '../lib/title.ts'

/** The viewer's account: profile, event types, password, and sessions. */
export function Account(props: Readonly<{ session: Session }>): JSX.Element {
  setTitle('Account')
  const viewer = useViewer()
  const now = createNow()
  const profile = createOwnProfile((changed) => props.session.changed(changed))
  const sessions = createOwnSessions()
  // Admins have no bookings, and so no event types.
  const eventTypes = viewer().role === 'PASTOR' ? createEventTypes() : null
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Account</h1>
        <p class="text-quiet text-small">
          {viewer().name}, {viewer().email}
        </p>
      </div>
      <ProfileCard own={profile} />
      <Show when={eventTypes}>{(own) => <EventTypesCard eventTypes={own()} />}</Show>
      <ChangePasswordCard email={viewer().email} onChanged={() => void sessions.refresh()} />
      <SessionsCard sessions={sessions} now={now} />
    </div>
  )
}
