import { Route, Router } from '@solidjs/router'
import { Provider } from '@urql/solid'
import { type JSX, lazy } from 'solid-js'
import { createMailedToken } from './features/account/mailed-token.ts'
import { ConfirmPasswordDialog } from './features/session/confirm-password-dialog.tsx'
import { createSession, type Session } from './features/session/session.ts'
import { ApiProvider, createApi } from './lib/api.ts'
import { createPasswordPrompt } from './lib/password-prompt.ts'
import { BookingRoute } from './routes/booking.tsx'
import { Dashboard } from './routes/dashboard.tsx'
import { ForgotPassword } from './routes/forgot-password.tsx'
import { NotFound } from './routes/not-found.tsx'
import { PageFrame } from './routes/page-frame.tsx'
import { RequireSession } from './routes/require-session.tsx'
import { SetPassword } from './routes/set-password.tsx'

const AuditLog = lazy(() => import('./routes/audit-log.tsx').then(({ AuditLog }) => ({ default: AuditLog })))
const Account = lazy(() => import('./routes/account.tsx').then(({ Account }) => ({ default: Account })))
const Webhooks = lazy(() => import('./routes/webhooks.tsx').then(({ Webhooks }) => ({ default: Webhooks })))
const Tokens = lazy(() => import('./routes/tokens.tsx').then(({ Tokens }) => ({ default: Tokens })))
const Jobs = lazy(() => import('./routes/jobs.tsx').then(({ Jobs }) => ({ default: Jobs })))
const MeetingLimits = lazy(() =>
  import('./routes/meeting-limits.tsx').then(({ MeetingLimits }) => ({ default: MeetingLimits })),
)
const Settings = lazy(() => import('./routes/settings.tsx').then(({ Settings }) => ({ default: Settings })))
const Briefs = lazy(() => import('./routes/briefs.tsx').then(({ Briefs: Writing }) => ({ default: Writing })))
const Users = lazy(() => import('./routes/users.tsx').then(({ Users }) => ({ default: Users })))

/** The application root: API clients, session and pages. */
export function App(): JSX.Element {
  const passwords = createPasswordPrompt()
  // They depend on each other: an UNAUTHENTICATED response ends the session, and the session queries through the
  // client.
  const api = createApi(() => session.ended(), passwords)
  const session: Session = createSession(() => api.client)
  // Before the router reads the address.
  const link = createMailedToken()
  void session.checkSession()
  return (
    <ApiProvider value={api}>
      <Provider value={api.client}>
        <PageFrame>
          <Router root={(props) => <RequireSession session={session}>{props.children}</RequireSession>}>
            <Route path="/" component={Dashboard}>
              <Route path="/" />
              <Route path="/bookings/:id" component={BookingRoute} />
            </Route>
            <Route path="/audit" component={AuditLog} />
            <Route path="/account" component={() => <Account session={session} />} />
            <Route path="/users" component={Users} />
            <Route path="/jobs" component={Jobs} />
            <Route path="/settings" component={Settings} />
            <Route path="/meeting-limits" component={MeetingLimits} />
            <Route path="/summaries" component={Briefs} />
            <Route path="/webhooks" component={Webhooks} />
            <Route path="/tokens" component={Tokens} />
            <Route path="/forgot-password" component={ForgotPassword} />
            <Route
              path="/reset-password"
              component={() => <SetPassword purpose="reset" link={link} session={session} />}
            />
            <Route
              path="/accept-invitation"
              component={() => <SetPassword purpose="invitation" link={link} session={session} />}
            />
            <Route path="*" component={NotFound} />
          </Router>
        </PageFrame>
        <ConfirmPasswordDialog prompt={passwords} />
      </Provider>
    </ApiProvider>
  )
}
