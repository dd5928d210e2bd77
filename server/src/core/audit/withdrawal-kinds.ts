/**
 * What is recorded outside the database because a restore must not undo it. `person_erased` and `opted_out` are
 * reserved for future use.
 */
export const withdrawalKinds = [
  'summary_deleted',
  'ai_consent_withdrawn',
  'token_revoked',
  'user_deactivated',
  'person_erased',
  'opted_out',
] as const
