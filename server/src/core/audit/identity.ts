import { Prisma, type Transaction } from '../../platform/database/client.ts'
import type { Vault } from '../vault/vault.ts'
import { type AuditEntry, recordAudit } from './record.ts'

/** Who a user ID stands for, and their credentials. */
export type Identity = Readonly<{
  id: string
  email: string
  name: string
  churchName: string
  role: string
  calUserId: string
  schedulingUsername: string
  schedulingLink: string
  isActive: boolean
  passwordHash: string | null
}>

/** The columns of an identity, of `users u LEFT JOIN user_credentials c`. */
export const identityColumns = Prisma.sql`u.id, u.email, u.name, u."churchName", u.role::text AS role, u."calUserId",
  u."schedulingUsername", u."schedulingLink", u."isActive", c."passwordHash"`

/**
 * The text of an identity's MAC in every version of ChurchHub. The digest is keyed, so a reader of the log can't test
 * guesses of a name or an address.
 */
export function identityText(identity: Identity): string {
  return JSON.stringify([
    'churchhub user identity v1',
    identity.id,
    identity.email,
    identity.name,
    identity.churchName,
    identity.role,
    identity.calUserId,
    identity.schedulingUsername,
    identity.schedulingLink,
    identity.isActive,
    identity.passwordHash,
  ])
}

export type Identities = Readonly<{
  /**
   * Records a user's current identity. Every transaction that creates a user or changes a field of `Identity` calls
   * this after its last change: `audit:verify` compares the row with the newest record.
   */
  record(tx: Transaction, userId: string): Promise<void>
}>

export function createIdentities(vault: Pick<Vault, 'mac'>): Identities {
  return {
    async record(tx, userId) {
      const rows = await tx.$queryRaw<Identity[]>`
        SELECT ${identityColumns} FROM users u LEFT JOIN user_credentials c ON c."userId" = u.id
        WHERE u.id = ${userId}::uuid`
      await recordAudit(tx, await Promise.all(rows.map((row) => identityEntry(vault, row))))
      // Every node advances its checkpoint, so a restore to an earlier state is detected.
      await tx.$executeRaw`SELECT pg_notify('access_changed', '')::text`
    },
  }
}

/** The entry that records an identity. */
export async function identityEntry(vault: Pick<Vault, 'mac'>, identity: Identity): Promise<AuditEntry> {
  const { keyId, mac } = await vault.mac(identityText(identity))
  return {
    action: 'user.identity_recorded',
    // Not `user`: users see the entries about their own account, and this one is internal to the log.
    resource: 'audit_log',
    resourceId: identity.id,
    userId: null,
    bookingId: null,
    origin: null,
    metadata: { identityMac: mac, keyId },
  }
}
