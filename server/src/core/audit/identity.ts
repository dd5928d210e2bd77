import { Prisma, type Transaction } from '../../platform/database/client.ts'
import type { Vault } from '../vault/vault.ts'
import { type AuditEntry, recordAudit } from './record.ts'

/** Who a user id stands for, and what lets them in. */
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
 * The text that an identity's MAC is over, in every version of ChurchHub. A keyed digest: whoever reads the log can't
 * find out by trying whether a name or an address is in it.
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
   * Records who a user is now. Every transaction that creates a user, or changes anything in `Identity`, calls this after
   * its last change: `audit:verify` compares the row with the newest record.
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
      // Every node moves its checkpoint on, so that a restore to a state before this is noticed.
      await tx.$executeRaw`SELECT pg_notify('access_changed', '')::text`
    },
  }
}

/** The entry that records an identity. */
export async function identityEntry(vault: Pick<Vault, 'mac'>, identity: Identity): Promise<AuditEntry> {
  const { keyId, mac } = await vault.mac(identityText(identity))
  return {
    action: 'user.identity_recorded',
    // Not `user`: everybody sees the entries about their own account, and this one is the log's own.
    resource: 'audit_log',
    resourceId: identity.id,
    userId: null,
    bookingId: null,
    origin: null,
    metadata: { identityMac: mac, keyId },
  }
}
