// A process that re-encrypts until nothing is left to do, for tests to kill. Argument: the database URL.

import { flushCompileCache } from 'node:module'
import { reEncryptValues } from '../../src/core/keys/re-encrypt-values.ts'
import { openVault } from '../../src/core/vault/vault.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createDatabase } from '../../src/platform/database/client.ts'
import { Secret } from '../../src/platform/secret.ts'

// Node writes it at the end of a process, which this one hardly ever comes to.
flushCompileCache()
const url = process.argv[2] ?? ''
const { database, close } = createDatabase({ url, applicationName: 'churchhub', maxConnections: 2 })
const vault = await openVault({ database, masterKey: new Secret(Buffer.alloc(32, 7)), clock: systemClock })
const log = { warn: (fields: object) => console.error(fields) }
process.stdout.write('started\n')
const { unreadable } = await reEncryptValues(
  { database, vault, log },
  { from: null, signal: new AbortController().signal, batchSize: 2 },
)
process.stdout.write(`done ${unreadable}\n`)
await close()
