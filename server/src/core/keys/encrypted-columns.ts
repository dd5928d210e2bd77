import { Prisma } from '../../platform/database/client.ts'
import type { AuditAction, AuditResource } from '../audit/actions.ts'
import type { EncryptedColumn } from '../vault/aad-context.ts'

type SealingAction = Extract<AuditAction, 'intake.sealed' | 'summary.written' | 'form_response.sealed'>

/** The description of an encrypted column for counting and re-encryption. In the SQL, `t` is a row of its table. */
export type EncryptedColumnInfo = Readonly<{
  table: string
  /** The encrypted text; null if there is none. */
  text: Prisma.Sql
  /** The column, and the assignment that updates it. */
  column: Prisma.Sql
  written: (text: Prisma.Sql) => Prisma.Sql
  /** The owner's ID in the value's AAD. */
  owner: Prisma.Sql
  /**
   * The row's booking. The log has digests of these values, under the action `sealing`, so re-encrypting one is
   * recorded.
   */
  booking: Readonly<{ id: Prisma.Sql; resource: AuditResource; sealing: SealingAction; isItself: boolean }> | null
}>

const asText = (text: Prisma.Sql) => text
const systemOwner = Prisma.sql`'system'`
const ownerOfBooking = Prisma.sql`(
  SELECT b."userId"::text FROM booking_keys k
  JOIN LATERAL (SELECT "userId" FROM bookings WHERE id = k.id AND "startTime" = k."startTime" OFFSET 0) b ON true
  WHERE k.id = t."bookingId")`

/** Every encrypted column. The type checker enforces that it covers all columns of the vault. */
export const encryptedColumns: Readonly<Record<EncryptedColumn, EncryptedColumnInfo>> = {
  'bookings.encryptedIntakeData': {
    table: 'bookings',
    text: Prisma.sql`t."encryptedIntakeData"`,
    column: Prisma.sql`"encryptedIntakeData"`,
    written: asText,
    owner: Prisma.sql`t."userId"::text`,
    booking: { id: Prisma.sql`t.id`, resource: 'booking', sealing: 'intake.sealed', isItself: true },
  },
  'context_summaries.encryptedSummary': {
    table: 'context_summaries',
    text: Prisma.sql`t."encryptedSummary"`,
    column: Prisma.sql`"encryptedSummary"`,
    written: asText,
    owner: ownerOfBooking,
    booking: {
      id: Prisma.sql`t."bookingId"`,
      resource: 'context_summary',
      sealing: 'summary.written',
      isItself: false,
    },
  },
  'form_responses.encryptedData': {
    table: 'form_responses',
    text: Prisma.sql`t."encryptedData"`,
    column: Prisma.sql`"encryptedData"`,
    written: asText,
    owner: ownerOfBooking,
    booking: {
      id: Prisma.sql`t."bookingId"`,
      resource: 'form_response',
      sealing: 'form_response.sealed',
      isItself: false,
    },
  },
  'calendar_connections.accessToken': {
    table: 'calendar_connections',
    text: Prisma.sql`t."accessToken"`,
    column: Prisma.sql`"accessToken"`,
    written: asText,
    owner: Prisma.sql`t."userId"::text`,
    booking: null,
  },
  'calendar_connections.refreshToken': {
    table: 'calendar_connections',
    text: Prisma.sql`t."refreshToken"`,
    column: Prisma.sql`"refreshToken"`,
    written: asText,
    owner: Prisma.sql`t."userId"::text`,
    booking: null,
  },
  'system_settings.value': {
    table: 'system_settings',
    text: Prisma.sql`CASE WHEN t."isEncrypted" THEN t.value #>> '{}' END`,
    column: Prisma.sql`value`,
    written: (text) => Prisma.sql`to_jsonb(${text})`,
    owner: systemOwner,
    booking: null,
  },
  'webhook_deliveries.sealedBody': {
    table: 'webhook_deliveries',
    text: Prisma.sql`t."sealedBody"`,
    column: Prisma.sql`"sealedBody"`,
    written: asText,
    owner: systemOwner,
    booking: null,
  },
  'webhook_endpoints.sealedTarget': {
    table: 'webhook_endpoints',
    text: Prisma.sql`t."sealedTarget"`,
    column: Prisma.sql`"sealedTarget"`,
    written: asText,
    owner: Prisma.sql`t."userId"::text`,
    booking: null,
  },
}

// Object.keys drops the key type, which the Record guarantees.
/** Their names, in processing order. */
export const encryptedColumnNames = (Object.keys(encryptedColumns) as EncryptedColumn[]).sort()

/** The length of `v1.<keyId>.`, the prefix of every text encrypted under a key. */
const prefixLength = 'v1.0123456789abcdef.'.length

/** The prefix of an encrypted text, which names its key. Doesn't read the rest of a long value. */
export function prefixOf({ text }: EncryptedColumnInfo): Prisma.Sql {
  return Prisma.sql`left(${text}, ${Prisma.raw(String(prefixLength))})`
}

/** The prefix of texts encrypted under this key. */
export function prefixUnder(keyId: string): string {
  return `v1.${keyId}.`
}
