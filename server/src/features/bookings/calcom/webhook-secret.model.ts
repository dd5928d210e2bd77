const keyPrefix = 'calcom.webhookSecret.'

/** The key of a pastor's own secret in `system_settings`. */
export function webhookSecretKey(userId: string): string {
  return `${keyPrefix}${userId}`
}

/** The owner of a secret's key. The inverse of `webhookSecretKey`. */
export function ownerOfSecretKey(key: string): string {
  return key.slice(keyPrefix.length)
}

export const webhookSecretKeys = { startsWith: keyPrefix } as const
