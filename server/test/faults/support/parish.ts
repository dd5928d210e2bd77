import { setTimeout as wait } from 'node:timers/promises'
import { createPasswords } from '../../../src/core/access/passwords.ts'
import type { Vault } from '../../../src/core/vault/vault.ts'
import { createUser } from '../../../src/features/users/admin/create-user.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { createSemaphore } from '../../../src/platform/concurrency/semaphore.ts'
import { createDatabase, type Database } from '../../../src/platform/database/client.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { newId } from '../../../src/platform/ids.ts'
import { pastorAnna } from '../../support/cal.ts'
import { createTestIdentities, openTestVault } from '../../support/parish.ts'

/** Anna's password, with which tests sign in. */
export const password = 'a password that only tests have'

export type Parish = Readonly<{ database: Database; vault: Vault; close(): Promise<void> }>

/** A migrated database with the pastor of the simulated bookings, and the vault that decrypts its data. */
export async function openParish(url: string): Promise<Parish> {
  await migrateDatabase({ url })
  const { database, close } = createDatabase({ url, applicationName: 'churchhub faults', maxConnections: 5 })
  const passwords = createPasswords(createSemaphore({ maxConcurrent: 1, maxQueued: 0 }))
  await createUser(
    { database, clock: systemClock, newId, passwords, identities: createTestIdentities(database) },
    { by: 'command', userId: null, origin: null },
    {
      role: 'pastor',
      email: pastorAnna.email,
      name: pastorAnna.name,
      churchName: 'Test Church',
      bio: null,
      calUserId: String(pastorAnna.id),
      schedulingUsername: pastorAnna.username,
      schedulingLink: `https://cal.example/${pastorAnna.username}`,
      password,
    },
  )
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
  const open = await database.$queryRaw<object[]>`
    SELECT w."jobType", w.status, w.attempts, w.error, w."startedAt", b.state, b.retry_count AS retried, b.start_after, b.started_on
    FROM worker_jobs w LEFT JOIN pgboss.job b ON b.id = w.id WHERE w.status IN ('pending', 'processing') LIMIT 5`
  throw new Error(`the jobs never settled: ${JSON.stringify(open)}`)
}
