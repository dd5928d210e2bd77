import { becomeViewer, builder, cookieSetterOf, personOf, readsRows, viewerOf } from '../../graphql/schema/builder.ts'
import { mayManageUsers, mayReadAccount } from './policy.ts'
import { findViewer, userOf, visibleUser } from './reads.ts'
import { signIn } from './sessions/sign-in.ts'
import { signOut } from './sessions/sign-out.ts'

export const Role = builder.enumType('Role', {
  description: 'The role of a user.',
  values: {
    PASTOR: { value: 'pastor', description: 'Has bookings, and alone can open their encrypted content.' },
    ADMIN: {
      value: 'admin',
      description: "Manages users and settings. Sees bookings redacted and can't open encrypted content.",
    },
  } as const,
})

export const User = builder.prismaNode('User', {
  description: 'A user of this server. By ID, you can find only yourself; admins can find everyone.',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  findUnique: (id, context) => visibleUser(viewerOf(context), id),
  nullable: true,
  authScopes: { signedIn: true },
  // What one asks of oneself in the operation that signs in, before anybody knows who that is.
  extensions: { publicFields: ['id', 'name', 'churchName', 'email', 'role'] },
  needs: 'users:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name people know the user by.' }),
    churchName: t.exposeString('churchName', { description: "The user's church." }),
    bio: t.exposeString('bio', { nullable: true, description: "The user's bio." }),
    role: t.expose('role', { type: Role, description: "The user's role." }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether the user can sign in.' }),
    schedulingUsername: t.exposeString('schedulingUsername', { description: "The user's username in Cal.com." }),
    schedulingLink: t.exposeString('schedulingLink', { description: "The user's booking page." }),
    email: t.string({
      nullable: true,
      description: 'The email address the user signs in with. Null unless it is your own or you are an admin.',
      select: { email: true },
      resolve: (user, _args, context) => (mayReadAccount(viewerOf(context), user) ? user.email : null),
    }),
    lastLoginAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the user last signed in. Null unless it is your own or you are an admin.',
      select: { lastLoginAt: true },
      resolve: (user, _args, context) => (mayReadAccount(viewerOf(context), user) ? user.lastLoginAt : null),
    }),
    invitedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: "When the user's invitation expires. Null if there is none to accept, or unless you are an admin.",
      select: (_args, { deps }) => ({
        mailLinks: {
          where: { purpose: 'invitation', usedAt: null, expiresAt: { gt: deps.clock.now() } },
          select: { expiresAt: true },
          take: 1,
        },
      }),
      resolve: ({ mailLinks }, _args, context) =>
        mayManageUsers(viewerOf(context)) ? (mailLinks[0]?.expiresAt ?? null) : null,
    }),
    hasPassword: t.boolean({
      nullable: true,
      description:
        'Whether the user has chosen a password. Without one, the user needs an invitation. Null unless you are an admin.',
      select: { credential: { select: { userId: true } } },
      resolve: ({ credential }, _args, context) => (mayManageUsers(viewerOf(context)) ? credential !== null : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was created.' }),
  }),
})

builder.queryField('viewer', (t) =>
  t.prismaField({
    type: 'User',
    nullable: true,
    description: 'The signed-in user. Null when signed out.',
    authScopes: { public: true },
    needs: 'nothing',
    extensions: readsRows((_args, context) => ({ where: { id: viewerOf(context).userId } })),
    resolve: (query, _parent, _args, { deps, viewer }) => findViewer(deps.database, viewer, query),
  }),
)

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
      setCookie(context.deps.sessions.blankCookie())
      becomeViewer(context, null)
      return { ok: true }
    },
  }),
}))
