import { builder, type Context, viewerOf } from '../../graphql/builder.ts'
import { changeUser } from './change-user.ts'
import { deactivateUser } from './deactivate-user.ts'
import { Role, User } from './graphql.ts'
import { inviteUser } from './invite-user.ts'
import { reactivateUser } from './reactivate-user.ts'
import { userOf } from './reads.ts'
import { resendInvitation } from './resend-invitation.ts'

const InviteUserInput = builder.inputType('InviteUserInput', {
  description: 'Somebody who is to have an account.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address that the invitation goes to, to sign in with later.' }),
    name: t.string({ required: true, description: 'The name people know them by.' }),
    churchName: t.string({ required: true, description: 'Their church.' }),
    role: t.field({ type: Role, required: true, description: 'What they will do here.' }),
    bio: t.string({ description: 'What they say about themselves.' }),
    schedulingUsername: t.string({ description: 'Their username in Cal.com. A pastor needs one.' }),
    calUserId: t.string({ description: "Cal.com's id of the user, where it is known." }),
    schedulingLink: t.string({ description: 'Their booking page; the one at cal.com unless said otherwise.' }),
  }),
})

const ChangeUserInput = builder.inputType('ChangeUserInput', {
  description: 'What is to be different of a user. What is left out, or null, stays as it is.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [User], description: "The user's id." }),
    email: t.string({ description: 'Their address. It can be corrected until they have a password or bookings.' }),
    name: t.string({ description: 'The name people know them by.' }),
    churchName: t.string({ description: 'Their church.' }),
    bio: t.string({ description: 'What they say about themselves; empty for nothing.' }),
    role: t.field({ type: Role, description: 'What they do here. Another role ends their sessions.' }),
    schedulingUsername: t.string({ description: 'Their username in Cal.com. It stays once they have bookings.' }),
    calUserId: t.string({ description: "Cal.com's id of the user. It stays once they have bookings." }),
    schedulingLink: t.string({ description: 'Their booking page.' }),
  }),
})

const whichUser = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.globalID({ required: true, for: [User], description: "The user's id." }) }),
  })

const DeactivateUserInput = whichUser('DeactivateUserInput', 'Whose access ends.')
const ReactivateUserInput = whichUser('ReactivateUserInput', 'Who gets their access back.')
const ResendInvitationInput = whichUser('ResendInvitationInput', 'Who gets another invitation.')

const userPayload = (name: string, description: string) =>
  builder.objectRef<{ userId: string }>(name).implement({
    description,
    fields: (t) => ({
      user: t.prismaField({
        type: User,
        description: 'The user, as they are now.',
        resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
      }),
    }),
  })

const InviteUserPayload = userPayload('InviteUserPayload', 'Somebody who was invited.')
const ResendInvitationPayload = userPayload('ResendInvitationPayload', 'Somebody who was invited once more.')
const ChangeUserPayload = userPayload('ChangeUserPayload', 'Somebody of whom something changed.')
const DeactivateUserPayload = userPayload('DeactivateUserPayload', 'Somebody whose access has ended.')
const ReactivateUserPayload = userPayload('ReactivateUserPayload', 'Somebody who can sign in again.')

const noMail = 'BAD_REQUEST where the server sends no mail: set SMTP_URL, or use `npm run users:create`.'

builder.mutationFields((t) => ({
  inviteUser: t.field({
    type: InviteUserPayload,
    description: `Makes a user and mails them a link to choose a password, which works once and for seven days. Until then they can't sign in. Admins only. Error PASSWORD_REQUIRED unless the password was checked within the last ten minutes; FORBIDDEN for an API token; CONFLICT with the \`field\` that another user has; ${noMail}`,
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: InviteUserInput, required: true, description: 'Who they are.' }) },
    resolve: (_parent, { input }, context) => inviteUser(context.deps, viewerOf(context), context.origin, input),
  }),
  resendInvitation: t.field({
    type: ResendInvitationPayload,
    description: `Mails another invitation; the link before it no longer works. Admins only. Error CONFLICT once they have a password; ${noMail}`,
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ResendInvitationInput, required: true, description: 'To whom.' }) },
    resolve: (_parent, { input }, context) => about(context, input, resendInvitation),
  }),
  changeUser: t.field({
    type: ChangeUserPayload,
    description:
      "Changes what is known of a user. Admins only. With `role`, `email`, `calUserId` or `schedulingUsername`, error PASSWORD_REQUIRED unless the password was checked within the last ten minutes, and FORBIDDEN for an API token. Error CONFLICT with the `field` that another user has, that is the address of somebody with a password or bookings, or the `calUserId` or `schedulingUsername` of somebody with bookings; CONFLICT for one's own role.",
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ChangeUserInput, required: true, description: 'What is to be different.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null))
      await changeUser(context.deps, viewerOf(context), context.origin, id.id, given)
      return { userId: id.id }
    },
  }),
  deactivateUser: t.field({
    type: DeactivateUserPayload,
    description:
      "Ends a user's access within a second: sign-in, sessions, open sockets, mailed links. Their bookings stay theirs. Admins only, and not for oneself: CONFLICT.",
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: DeactivateUserInput, required: true, description: 'Whose.' }) },
    resolve: (_parent, { input }, context) => about(context, input, deactivateUser),
  }),
  reactivateUser: t.field({
    type: ReactivateUserPayload,
    description:
      'Gives a user their access back, with the password they had. Admins only. Error CONFLICT for somebody who never had one: send the invitation again.',
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ReactivateUserInput, required: true, description: 'Whose.' }) },
    resolve: (_parent, { input }, context) => about(context, input, reactivateUser),
  }),
}))

type Deed = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  userId: string,
) => Promise<void>

/** Does something about the user that an input names, who is the answer. */
async function about(context: Context, input: { id: { id: string } }, deed: Deed): Promise<{ userId: string }> {
  const userId = input.id.id
  await deed(context.deps, viewerOf(context), context.origin, userId)
  return { userId }
}
