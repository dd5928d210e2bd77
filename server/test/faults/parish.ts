import { setTimeout as wait } from 'node:timers/promises'
import type { Vault } from '../../src/core/vault/vault.ts'
import { createDatabase, type Database } from '../../src/platform/database/client.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { addPastor, pastorAnna } from '../cal.ts'
import { openTestVault } from '../parish.ts'

export type Parish = Readonly<{ database: Database; vault: Vault; close(): Promise<void> }>

/** A migrated database with the pastor whose bookings the traffic is about, and the vault that opens what is in it. */
export async function openParish(url: string): Promise<Parish> {
  await migrateDatabase({ url })
  const { database, close } = createDatabase({ url, applicationName: 'churchhub faults', maxConnections: 5 })
  await addPastor(database, pastorAnna)
  return { database, vault: await openTestVault(database), close }
}

/** Waits until no job is left to do. */
export async function settled(database: Database): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    const open = await database.workerJob
      .count({ where: { status: { in: ['pending', 'processing'] } } })
      .catch(() => -1)
    if (open === 0) return
    await wait(100)
  }
  throw new Error('the jobs never settled')
}
