import { becomeViewer, builder, cookieSetterOf, personOf } from '../../../graphql/schema/builder.ts'
import { userOf } from '../reads.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

const SignInInput = builder.inputType('SignInInput', {
  description: 'The credentials to sign in with.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The email address of the account. Case-insensitive.' }),
    password: t.string({ required: true, description: 'The password of the account.' }),
  }),
})

const SignInPayload = builder.objectRef<{ userId: string }>('SignInPayload').implement({
  description:
    'The result of signing in. The session is in the cookie `churchhub_session`, or `__Host-churchhub_session` behind TLS.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: 'User',
      description: 'The user who signed in.',
      authScopes: { public: true },
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

const SignOutPayload = builder.objectRef<{ ok: boolean }>('SignOutPayload').implement({
  description: 'The result of signing out.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Always true: the session has ended on every node.' }),
  }),
})

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    description:
      'Starts a session and sets its cookie. Errors: `UNAUTHENTICATED`, the same whether the account is unknown or the password is wrong; `RATE_LIMITED` with `retryAfterSeconds` after too many attempts for this account, with `mailedLink` true if `requestPasswordReset` can email a link that lets you in. Each call counts. Also sets the cookie `churchhub_device`, which is used only to count attempts from this browser separately from those of others.',
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: SignInInput, required: true, description: 'The email address and password.' }) },
    resolve: async (_parent, { input }, context) => {
      const setCookie = cookieSetterOf(context)
      const current = context.viewer === null ? null : personOf(context)
      const { deps, origin } = context
      const { viewer, email, session } = await signIn(deps, current, origin, input)
      setCookie(deps.sessions.cookieFor(session.token))
      setCookie(deps.devices.cookieFor(origin.device, email))
      becomeViewer(context, viewer)
      return { userId: viewer.userId }
    },
  }),
  signOut: t.field({
    type: SignOutPayload,
    description: 'Ends the current session and removes its cookie.',
    authScopes: { signedIn: true },
    needs: 'session',
    resolve: async (_parent, _args, context) => {
      const setCookie = cookieSetterOf(context)
      await signOut(context.deps, personOf(context), context.origin)
      setCookie(context.deps.sessions.expiredCookie())
      becomeViewer(context, null)
      return { ok: true }
    },
  }),
}))
