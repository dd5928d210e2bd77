import { builder, readsRows, viewerOf } from '../../graphql/schema/builder.ts'
import { mayManageUsers, mayReadAccount } from './policy.ts'
import { findViewer, visibleUser } from './reads.ts'

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
  // The fields that a viewer may select in the operation that signs them in, before they are authenticated.
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
