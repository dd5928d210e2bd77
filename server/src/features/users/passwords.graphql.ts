import { builder, type Context, personOf } from '../../graphql/builder.ts'
import { changePassword } from './change-password.ts'
import { confirmPassword } from './confirm-password.ts'
import { passwordResetRequiredSince, userOf } from './reads.ts'
import { requestPasswordReset } from './request-password-reset.ts'
import { setPasswordByLink } from './set-password-by-link.ts'

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: "Another password of one's own.",
  fields: (t) => ({
    currentPassword: t.string({ required: true, description: 'The password until now.' }),
    newPassword: t.string({ required: true, description: 'The one from now on, at least 12 characters.' }),
  }),
})

const ChangePasswordPayload = builder.objectRef<{ userId: string }>('ChangePasswordPayload').implement({
  description: 'Whose password was changed.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: 'User',
      description: 'The one who asked.',
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
  description: 'Whose password is to be set anew.',
  fields: (t) => ({ email: t.string({ required: true, description: 'The address of the account, in any case.' }) }),
})

const RequestPasswordResetPayload = builder.objectRef<{ ok: boolean }>('RequestPasswordResetPayload').implement({
  description: 'What was asked for.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'True, whether or not there is such an account.' }),
  }),
})

const PasswordByLinkInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      token: t.string({ required: true, description: 'What stands after `#token=` in the mailed link.' }),
      newPassword: t.string({ required: true, description: 'The password from now on, at least 12 characters.' }),
    }),
  })

const ResetPasswordInput = PasswordByLinkInput('ResetPasswordInput', 'A new password, by a mailed link.')
const AcceptInvitationInput = PasswordByLinkInput('AcceptInvitationInput', 'The first password, by a mailed link.')

const PasswordByLinkPayload = (name: string, description: string) =>
  builder.objectRef<{ email: string }>(name).implement({
    description,
    fields: (t) => ({ email: t.exposeString('email', { description: 'The address to sign in with now.' }) }),
  })

const ResetPasswordPayload = PasswordByLinkPayload('ResetPasswordPayload', 'The account with its new password.')
const AcceptInvitationPayload = PasswordByLinkPayload('AcceptInvitationPayload', 'The account, which can sign in now.')

const linkErrors =
  'Error BAD_USER_INPUT with the field `token` when the link was used before, has expired or never was; with the field `newPassword` when that can not be one, and then the link still works.'

/** The mailbox has shown who they are, so the browser is known from here on, where it can keep a cookie. */
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
      'When the database was restored from a backup, if users still have to set a new password because of it. The same for everybody, signed in or not. Null if no password has to be reset.',
    authScopes: { public: true },
    needs: 'nothing',
    resolve: (_parent, _args, { deps }) => passwordResetRequiredSince(deps.database),
  }),
)

builder.mutationFields((t) => ({
  changePassword: t.field({
    type: ChangePasswordPayload,
    description:
      "Changes one's own password. This session stays, all others end. Error BAD_USER_INPUT with the field `currentPassword` when that is wrong; RATE_LIMITED after too many attempts.",
    authScopes: { signedIn: true },
    needs: 'session',
    args: { input: t.arg({ type: ChangePasswordInput, required: true, description: 'Both passwords.' }) },
    resolve: async (_parent, { input }, context) => {
      const viewer = personOf(context)
      await changePassword(context.deps, viewer, context.origin, input)
      return { userId: viewer.userId }
    },
  }),
  confirmPassword: t.field({
    type: ConfirmPasswordPayload,
    description:
      "Checks the viewer's password. For ten minutes this session can then make changes that otherwise fail with PASSWORD_REQUIRED. Error BAD_USER_INPUT with the field `password` when it is wrong; RATE_LIMITED after too many attempts.",
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
      'Mails a link to set a new password, which works once and for an hour. The answer is the same whether or not there is such an account. Error RATE_LIMITED after too many; BAD_REQUEST where the server sends no mail.',
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: RequestPasswordResetInput, required: true, description: 'The address.' }) },
    resolve: async (_parent, { input }, { deps, origin }) => {
      await requestPasswordReset(deps, origin, input)
      return { ok: true }
    },
  }),
  resetPassword: t.field({
    type: ResetPasswordPayload,
    description: `Sets a new password by a mailed link, and ends all sessions of the account. ${linkErrors}`,
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: ResetPasswordInput, required: true, description: 'Link and password.' }) },
    resolve: (_parent, { input }, context) => setByLink(context, 'password_reset', input),
  }),
  acceptInvitation: t.field({
    type: AcceptInvitationPayload,
    description: `Accepts an invitation by its mailed link and chooses the first password. ${linkErrors}`,
    authScopes: { public: true },
    needs: 'session',
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: 'Link and password.' }) },
    resolve: (_parent, { input }, context) => setByLink(context, 'invitation', input),
  }),
}))
