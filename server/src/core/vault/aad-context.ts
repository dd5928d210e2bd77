/** Every column with encrypted text. The column is part of the AAD, so a value can't be moved to another one. */
export type EncryptedColumn =
  | 'form_responses.encryptedData'
  | 'context_summaries.encryptedSummary'
  | 'bookings.encryptedIntakeData'
  | 'calendar_connections.accessToken'
  | 'calendar_connections.refreshToken'
  | 'system_settings.value'
  | 'webhook_deliveries.sealedBody'
  | 'webhook_endpoints.sealedTarget'

/**
 * What an encrypted value is bound to. When decrypting for a user, `ownerId` must be the viewer's ID, never the row's:
 * then another owner's value fails authentication, whatever the code above did.
 */
export type AadContext = Readonly<{ column: EncryptedColumn; rowId: string; ownerId: string }>

/** The owner of system data: deliveries and settings, which only the system decrypts. */
export const SYSTEM_OWNER = 'system'
