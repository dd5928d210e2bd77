import { builder, type Context, viewerOf } from '../../../graphql/schema/builder.ts'
import { Role, User } from '../graphql.ts'
import { userOf } from '../reads.ts'
import { changeUser } from './change-user.ts'
import { deactivateUser } from './deactivate-user.ts'
import { inviteUser } from './invite-user.ts'
import { reactivateUser } from './reactivate-user.ts'
import { resendInvitation } from './resend-invitation.ts'

const InviteUserInput = builder.inputType('InviteUserInput', {
  description: 'A user to invite.',
  fields: (t) => ({
    email: t.string({
      required: true,
      description: 'The email address that the invitation is sent to. The user signs in with it.',
    }),
    name: t.string({ required: true, description: 'The name people know the user by.' }),
    churchName: t.string({ required: true, description: "The user's church." }),
    role: t.field({ type: Role, required: true, description: "The user's role." }),
    bio: t.string({ description: "The user's bio." }),
    schedulingUsername: t.string({ description: "The user's username in Cal.com. Required for a pastor." }),
    calUserId: t.string({ description: "The user's ID in Cal.com, if known." }),
    schedulingLink: t.string({ description: "The user's booking page. Defaults to the one at cal.com." }),
  }),
})

const ChangeUserInput = builder.inputType('ChangeUserInput', {
  description: 'The properties of a user to change. Properties that are omitted or null stay unchanged.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: [User], description: "The user's ID." }),
    email: t.string({
      description: "The user's email address. It can be corrected until the user has a password or bookings.",
    }),
    name: t.string({ description: 'The name people know the user by.' }),
    churchName: t.string({ description: "The user's church." }),
    bio: t.string({ description: "The user's bio. An empty string removes it." }),
    role: t.field({ type: Role, description: "The user's role. Changing it ends the user's sessions." }),
    schedulingUsername: t.string({
      description: "The user's username in Cal.com. It can't be changed once the user has bookings.",
    }),
    calUserId: t.string({ description: "The user's ID in Cal.com. It can't be changed once the user has bookings." }),
    schedulingLink: t.string({ description: "The user's booking page." }),
  }),
})

const userInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.globalID({ required: true, for: [User], description: "The user's ID." }) }),
  })

const DeactivateUserInput = userInput('DeactivateUserInput', 'The user to deactivate.')
const ReactivateUserInput = userInput('ReactivateUserInput', 'The user to reactivate.')
const ResendInvitationInput = userInput('ResendInvitationInput', 'The user to invite again.')

const userPayload = (name: string, description: string) =>
  builder.objectRef<{ userId: string }>(name).implement({
    description,
    fields: (t) => ({
      user: t.prismaField({
        type: User,
        description: 'The user in their current state.',
        resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
      }),
    }),
  })

const InviteUserPayload = userPayload('InviteUserPayload', 'The result of inviting a user.')
const ResendInvitationPayload = userPayload('ResendInvitationPayload', 'The result of inviting a user again.')
const ChangeUserPayload = userPayload('ChangeUserPayload', 'The updated user.')
const DeactivateUserPayload = userPayload('DeactivateUserPayload', 'The result of deactivating a user.')
const ReactivateUserPayload = userPayload('ReactivateUserPayload', 'The result of reactivating a user.')

const noMail = '`BAD_REQUEST` if the server sends no email: set SMTP_URL, or use `npm run users:create`.'

builder.mutationFields((t) => ({
  inviteUser: t.field({
    type: InviteUserPayload,
    description: `Creates a user and emails them a link to choose a password. The link works once, for seven days. Until then the user can't sign in. Admins only. Errors: \`PASSWORD_REQUIRED\` unless the password was checked within the last ten minutes; \`FORBIDDEN\` for an API token; \`CONFLICT\` with the \`field\` that another user has; ${noMail}`,
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: InviteUserInput, required: true, description: 'The user to invite.' }) },
    resolve: (_parent, { input }, context) => inviteUser(context.deps, viewerOf(context), context.origin, input),
  }),
  resendInvitation: t.field({
    type: ResendInvitationPayload,
    description: `Emails another invitation. The previous link stops working. Admins only. Errors: \`CONFLICT\` if the user already has a password; ${noMail}`,
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ResendInvitationInput, required: true, description: 'The user to invite again.' }) },
    resolve: (_parent, { input }, context) => runUseCase(context, input, resendInvitation),
  }),
  changeUser: t.field({
    type: ChangeUserPayload,
    description:
      'Changes a user. Admins only. Errors: `CONFLICT` with the `field` whose value another user has; with `email` once the user has a password or bookings; with `calUserId` or `schedulingUsername` once the user has bookings; `CONFLICT` for your own role. With `role`, `email`, `calUserId` or `schedulingUsername`: `PASSWORD_REQUIRED` unless the password was checked within the last ten minutes; `FORBIDDEN` for an API token.',
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ChangeUserInput, required: true, description: 'The properties to change.' }) },
    resolve: async (_parent, { input: { id, ...changes } }, context) => {
      const changed = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null))
      await changeUser(context.deps, viewerOf(context), context.origin, id.id, changed)
      return { userId: id.id }
    },
  }),
  deactivateUser: t.field({
    type: DeactivateUserPayload,
    description:
      "Ends a user's access within a second: sign-in, sessions, open sockets and emailed links. The user's bookings stay theirs. Admins only. Errors: `CONFLICT` for your own account.",
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: DeactivateUserInput, required: true, description: 'The user to deactivate.' }) },
    resolve: (_parent, { input }, context) => runUseCase(context, input, deactivateUser),
  }),
  reactivateUser: t.field({
    type: ReactivateUserPayload,
    description:
      "Restores a user's access, with their previous password. Admins only. Errors: `CONFLICT` if the user never had a password: send the invitation again.",
    authScopes: { admin: true },
    needs: 'users:write',
    args: { input: t.arg({ type: ReactivateUserInput, required: true, description: 'The user to reactivate.' }) },
    resolve: (_parent, { input }, context) => runUseCase(context, input, reactivateUser),
  }),
}))

type UseCase = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  userId: string,
) => Promise<void>

/** Runs a use case on the user that the input identifies and returns the user. */
async function runUseCase(
  context: Context,
  input: { id: { id: string } },
  useCase: UseCase,
): Promise<{ userId: string }> {
  const userId = input.id.id
  await useCase(context.deps, viewerOf(context), context.origin, userId)
  return { userId }
}
