import { builder, type Context, personOf } from '../../../graphql/schema/builder.ts'
import { passwordResetRequiredSince, userOf } from '../reads.ts'
import { confirmPassword } from '../sessions/confirm-password.ts'
import { changePassword } from './change-password.ts'
import { requestPasswordReset } from './request-password-reset.ts'
import { setPasswordByLink } from './set-password-by-link.ts'

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: 'Your current and your new password.',
  fields: (t) => ({
    currentPassword: t.string({ required: true, description: 'The current password.' }),
    newPassword: t.string({ required: true, description: 'The new password, at least 12 characters.' }),
  }),
})

const ChangePasswordPayload = builder.objectRef<{ userId: string }>('ChangePasswordPayload').implement({
  description: 'The result of changing your password.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: 'User',
      description: 'The signed-in user.',
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

const ConfirmPasswordInput = builder.inputType('ConfirmPasswordInput', {
  description: "The viewer's password.",
  fields: (t) => ({ password: t.string({ required: true, description: 'The current password.' }) }),
})

const ConfirmPasswordPayload = builder.objectRef<{ userId: string }>('ConfirmPasswordPayload').implement({
  description: 'The result of confirming a password.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: 'User',
      description: 'The user whose password was confirmed.',
      resolve: (query, { userId }, _args, { deps }) => userOf(deps.database, userId, query),
    }),
  }),
})

const RequestPasswordResetInput = builder.inputType('RequestPasswordResetInput', {
  description: 'The account whose password to reset.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The email address of the account. Case-insensitive.' }),
  }),
})

const RequestPasswordResetPayload = builder.objectRef<{ ok: boolean }>('RequestPasswordResetPayload').implement({
  description: 'The result of requesting a password reset.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Always true, whether or not the account exists.' }),
  }),
})

const PasswordByLinkInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      token: t.string({ required: true, description: 'The token from the emailed link, after `#token=`.' }),
      newPassword: t.string({ required: true, description: 'The new password, at least 12 characters.' }),
    }),
  })

const ResetPasswordInput = PasswordByLinkInput(
  'ResetPasswordInput',
  'The token from an emailed link and a new password.',
)
const AcceptInvitationInput = PasswordByLinkInput(
  'AcceptInvitationInput',
  'The token from an invitation and the first password.',
)

const PasswordByLinkPayload = (name: string, description: string) =>
  builder.objectRef<{ email: string }>(name).implement({
    description,
    fields: (t) => ({ email: t.exposeString('email', { description: 'The email address to sign in with.' }) }),
  })

const ResetPasswordPayload = PasswordByLinkPayload('ResetPasswordPayload', 'The result of resetting a password.')
const AcceptInvitationPayload = PasswordByLinkPayload(
  'AcceptInvitationPayload',
  'The result of accepting an invitation. The account can now sign in.',
)

const linkErrors =
  'Errors: `BAD_USER_INPUT` with the field `token` if the link was used, has expired or never existed; with the field `newPassword` if the password is not accepted, in which case the link still works.'

/** The link proves access to the mailbox, so the browser counts as known from now on if it accepts the cookie. */
async function setByLink(
  { deps, origin, setCookie }: Context,
  purpose: 'invitation' | 'password_reset',
  input: Readonly<{ token: string; newPassword: string }>,
): Promise<{ email: string }> {
  const { email } = await setPasswordByLink(deps, origin, purpose, input)
  setCookie?.(deps.devices.cookieFor(origin.device, email))
  return { email }
}

builder.queryField('passwordResetRequiredSince', (t) =>
  t.field({
    type: 'DateTime',
    nullable: true,
    description:
      'When the database was restored from a backup, if users must still set a new password because of the restore. The same for all callers, signed in or not. Null if no password must be reset.',
    authScopes: { public: true },
    needs: 'nothing',
    resolve: (_parent, _args, { deps }) => passwordResetRequiredSince(deps.database),
  }),
)

builder.mutationFields((t) => ({
  changePassword: t.field({
    type: ChangePasswordPayload,
    description:
      'Changes your password. The current session stays; all others end. Errors: `BAD_USER_INPUT` with the field `currentPassword` if that is wrong; `RATE_LIMITED` after too many attempts.',
    authScopes: { signedIn: true },
    needs: 'session',
    args: {
      input: t.arg({ type: ChangePasswordInput, required: true, description: 'The current and the new password.' }),
    },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      await changePassword(context.deps, viewer, context.origin, input)
      return { userId: viewer.userId }
    },
  }),
  confirmPassword: t.field({
    type: ConfirmPasswordPayload,
    description:
      "Checks the viewer's password. For ten minutes this session can then make changes that otherwise fail with `PASSWORD_REQUIRED`. Errors: `BAD_USER_INPUT` with the field `password` if it is wrong; `RATE_LIMITED` after too many attempts.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: ConfirmPasswordInput, required: true, description: 'The password.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      await confirmPassword(context.deps, viewer, context.origin, input)
      return { userId: viewer.userId }
    },
  }),
  requestPasswordReset: t.field({
    type: RequestPasswordResetPayload,
    description:
      'Emails a link to set a new password. The link works once, for one hour. The response is the same whether or not the account exists. Errors: `RATE_LIMITED` after too many requests; `BAD_REQUEST` if the server sends no email.',
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: RequestPasswordResetInput, required: true, description: 'The email address.' }) },
    resolve: async (_parent, { input }, { deps, origin }) => {
      await requestPasswordReset(deps, origin, input)
      return { ok: true }
    },
  }),
  resetPassword: t.field({
    type: ResetPasswordPayload,
    description: `Sets a new password with an emailed link, and ends all sessions of the account. ${linkErrors}`,
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: ResetPasswordInput, required: true, description: 'The token and the password.' }) },
    resolve: (_parent, { input }, context) => setByLink(context, 'password_reset', input),
  }),
  acceptInvitation: t.field({
    type: AcceptInvitationPayload,
    description: `Accepts an invitation with its emailed link and sets the first password. ${linkErrors}`,
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: 'The token and the password.' }) },
    resolve: (_parent, { input }, context) => setByLink(context, 'invitation', input),
  }),
}))
