/** Every column that holds sealed text. A value sealed for one of them opens in no other. */
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
 * Where a sealed value lives, and whose it is. When opening for a person, `ownerId` must be the id of whoever is asking,
 * never the row's: a value opened as somebody else then fails its tag, whatever the code above did.
 */
export type AadContext = Readonly<{ column: EncryptedColumn; rowId: string; ownerId: string }>

/** The owner of what nobody owns: deliveries and settings, which only the system opens. */
export const SYSTEM_OWNER = 'system'
