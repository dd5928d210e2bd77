import type { PasswordStrength } from '../../../core/access/password-strength.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { passwordContextOf, weaknessTexts } from '../model.ts'

/** The account's own words, which an attacker who knows the user would try first. */
type PasswordOwner = Readonly<{ email: string; name: string; churchName: string }>

/**
 * Rejects a new password that is easy to guess, with a reason: common passwords, repeated or adjacent characters, and
 * combinations of the account's own words. Existing passwords are never checked.
 *
 * @throws BadUserInputError for `newPassword`
 */
export async function checkNewPassword(
  { passwordStrength }: Readonly<{ passwordStrength: PasswordStrength }>,
  owner: PasswordOwner,
  newPassword: string,
): Promise<void> {
  const weakness = await passwordStrength.weaknessOf(newPassword, passwordContextOf(owner))
  if (weakness !== null) throw new BadUserInputError('newPassword', `newPassword ${weaknessTexts[weakness]}.`)
}
