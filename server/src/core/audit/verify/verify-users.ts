import type { Database } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Identity, identityColumns, identityText } from '../identity.ts'
import type { Finding } from './findings.ts'

type Recorded = Readonly<{ recordedId: string | null; identityMac: string | null; keyId: string | null }>
type Row = (Identity | Readonly<{ id: null }>) & Recorded

/**
 * Compares each user with their newest recorded identity. Yields a finding for a user whose identity differs, who is
 * gone, or who has no record. Returns the number of users.
 */
export async function* verifyUsers(database: Database, vault: Pick<Vault, 'isMac'>): AsyncGenerator<Finding, number> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT ${identityColumns}, r.id AS "recordedId", r."identityMac", r."keyId"
    FROM users u LEFT JOIN user_credentials c ON c."userId" = u.id
    FULL JOIN (
      SELECT DISTINCT ON (e.id) e.* FROM (
        SELECT coalesce(substr(l.metadata ->> 'subject', 10), l."resourceId") AS id, l.metadata ->> 'identityMac' AS "identityMac",
          l.metadata ->> 'keyId' AS "keyId", (l.metadata ->> 'position')::bigint AS position
        FROM audit_logs l
        WHERE l.action = 'user.identity_recorded'
          OR l.action = 'audit.carried_over' AND l.metadata ->> 'subject' LIKE 'identity %'
      ) e ORDER BY e.id, e.position DESC
    ) r ON r.id = u.id::text
    ORDER BY u.id`
  let users = 0
  for (const row of rows) {
    if (row.id === null) {
      yield found('missing', `the user ${row.recordedId} is gone`)
      continue
    }
    users += 1
    if (row.identityMac === null || row.keyId === null) {
      yield found('no_entry', `the log has no record of who the user ${row.id}`)
    } else if (!(await vault.isMac(identityText(row), { keyId: row.keyId, mac: row.identityMac }))) {
      yield found(
        'user_changed',
        `the user ${row.id} has another name, address, role, state or password than was recorded`,
      )
    }
  }
  return users
}

function found(kind: Finding['kind'], detail: string): Finding {
  return { kind, row: null, seal: null, detail }
}
