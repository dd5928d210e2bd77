// A process that encrypts as fast as it can and writes the nonces, 12 bytes each, to standard output, for the test that no
// two are equal. Arguments: the database URL, the number of nonces.

import { openVault } from '../../src/core/vault/vault.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createDatabase } from '../../src/platform/database/client.ts'
import { Secret } from '../../src/platform/secret.ts'

const [, , url = '', count = '0'] = process.argv
const { database, close } = createDatabase({ url, applicationName: 'nonces', maxConnections: 1 })
const vault = await openVault({ database, masterKey: new Secret(Buffer.alloc(32, 7)), clock: systemClock })
const aadContext = { column: 'system_settings.value', rowId: 'row', ownerId: 'system' } as const
const nonces = Buffer.alloc(Number(count) * 12)
for (let index = 0; index < Number(count); index += 1) {
  const sealed = await vault.encrypt('', aadContext)
  // `v1.<keyId>.` and then base64url, in which 16 characters are 12 bytes.
  nonces.write(sealed.slice(20, 36), index * 12, 'base64url')
}
process.stdout.write(nonces)
await close()
