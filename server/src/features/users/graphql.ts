import { becomeViewer, builder, cookieSetterOf, personOf, readsRows, viewerOf } from '../../graphql/builder.ts'
import { mayManageUsers, mayReadAccount } from './policy.ts'
import { findViewer, userOf, visibleUser } from './reads.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

export const Role = builder.enumType('Role', {
  description: 'What somebody does here.',
  values: {
    PASTOR: { value: 'pastor', description: 'Has bookings, and alone opens what is sealed in them.' },
    ADMIN: { value: 'admin', description: 'Looks after users and settings; sees bookings redacted and opens none.' },
  } as const,
})

export const User = builder.prismaNode('User', {
  description: 'Somebody who can sign in. By id only oneself is found; an admin finds everybody.',
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  findUnique: (id, context) => visibleUser(viewerOf(context), id),
  nullable: true,
  authScopes: { signedIn: true },
  // What one asks of oneself in the operation that signs in, before anybody knows who that is.
  extensions: { publicFields: ['id', 'name', 'churchName', 'email', 'role'] },
  needs: 'users:read',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name people know them by.' }),
    churchName: t.exposeString('churchName', { description: 'Their church.' }),
    bio: t.exposeString('bio', { nullable: true, description: 'What they say about themselves.' }),
    role: t.expose('role', { type: Role, description: 'What they do here.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether they can sign in.' }),
    schedulingUsername: t.exposeString('schedulingUsername', { description: 'Their username in Cal.com.' }),
    schedulingLink: t.exposeString('schedulingLink', { description: 'Their booking page.' }),
    email: t.string({
      nullable: true,
      description: 'The address they sign in with. Null unless it is your own or you are an admin.',
      select: { email: true },
      resolve: (user, _args, context) => (mayReadAccount(viewerOf(context), user) ? user.email : null),
    }),
    lastLoginAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When they last signed in. Null unless it is your own or you are an admin.',
      select: { lastLoginAt: true },
      resolve: (user, _args, context) => (mayReadAccount(viewerOf(context), user) ? user.lastLoginAt : null),
    }),
    invitedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Until when their invitation can be accepted. Null when there is none to accept, or unless you are an admin.',
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
        'Whether they have chosen a password: without one, an invitation is what they need. Null unless you are an admin.',
      select: { credential: { select: { userId: true } } },
      resolve: ({ credential }, _args, context) => (mayManageUsers(viewerOf(context)) ? credential !== null : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
  }),
})

builder.queryField('viewer', (t) =>
  t.prismaField({
    type: 'User',
    nullable: true,
    description: 'Who is asking. Null when signed out.',
    authScopes: { public: true },
    needs: 'nothing',
    extensions: readsRows((_args, context) => ({ where: { id: viewerOf(context).userId } })),
    resolve: (query, _parent, _args, { deps, viewer }) => findViewer(deps.database, viewer, query),
  }),
)

const SignInInput = builder.inputType('SignInInput', {
  description: 'What one signs in with.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address of the account, in any case.' }),
    password: t.string({ required: true, description: 'Its password.' }),
  }),
})

const SignInPayload = builder.objectRef<{ userId: string }>('SignInPayload').implement({
  description:
    'Who has signed in. The session itself is in the cookie `churchhub_session`, behind TLS `__Host-churchhub_session`.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: 'User',
      description: 'Who has signed in.',
      authScopes: { public: true },
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

const SignOutPayload = builder.objectRef<{ ok: boolean }>('SignOutPayload').implement({
  description: 'The end of a session.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'True: the session has ended, here and on every other node.' }),
  }),
})

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    description:
      'Begins a session and sets its cookie. Error UNAUTHENTICATED, the same whether the account is unknown or the password wrong; RATE_LIMITED with `retryAfterSeconds` after too many attempts at this account, each call counted; `mailedLink` is true where `requestPasswordReset` can mail a way in. Sets a second cookie, `churchhub_device`, whose only use is that attempts from this browser are counted apart from those of others.',
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: SignInInput, required: true, description: 'Address and password.' }) },
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
    description: 'Ends the session in use and removes its cookie.',
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
