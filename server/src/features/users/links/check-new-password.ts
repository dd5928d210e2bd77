import type { PasswordStrength } from '../../../core/access/password-strength.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { passwordContextOf, weaknessTexts } from '../model.ts'

/** Whose password it is to be: what somebody who knows them would try first. */
type PasswordOwner = Readonly<{ email: string; name: string; churchName: string }>

/**
 * Refuses a new password that is easy to guess, and says why: common ones, repeated or neighbouring characters, and what
 * is made of the account's own words. Existing passwords are never looked at.
 *
 * @throws BadUserInputError at `newPassword`
 */
export async function checkNewPassword(
  { passwordStrength }: Readonly<{ passwordStrength: PasswordStrength }>,
  owner: PasswordOwner,
  newPassword: string,
): Promise<void> {
  const weakness = await passwordStrength.weaknessOf(newPassword, passwordContextOf(owner))
  if (weakness !== null) throw new BadUserInputError('newPassword', `newPassword ${weaknessTexts[weakness]}.`)
}
