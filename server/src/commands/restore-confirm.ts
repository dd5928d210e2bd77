import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { headFileName } from '../core/audit/seal/head-file-name.ts'
import { witnessFileOf } from '../core/audit/seal/witnesses.ts'
import { recordBaseline } from '../core/audit/verify/baseline.ts'
import { confirmRestore } from '../core/audit/verify/confirm-restore.ts'
import { migrateChecked } from '../core/keys/migrate-checked.ts'
import { recordRewrapped } from '../core/keys/record-rewrapped.ts'
import { createRestoreWatch } from '../core/restore/restore-watch.ts'
import { openVault } from '../core/vault/vault.ts'
import { systemClock } from '../platform/clock.ts'
import { readEnv, withDotEnv } from '../platform/config/env.ts'
import { createDatabase } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { createLog } from '../platform/logging/log.ts'
import { runCommand } from '../platform/run-command.ts'

const USAGE = `Confirms that the database was restored from a backup.

  npm run restore:confirm -- --head FILE
  npm run restore:confirm -- --access-only

  --head            the heads of the audit log as they were at the time of the backup: a copy of audit-head.jsonl
  --heads           one more file of heads, such as a witness's copy; may be given several times
  --access-only     end all access, and leave the audit log to a later --head
  --keep-access     record the receipt, and end nobody's access
  --keep-passwords  passwords stay valid; otherwise everybody sets a new one by a link

It verifies the audit log against the backup's head and records a signed receipt of every seal that the restore has lost.
It ends every session, and makes API tokens wait until an admin confirms them. Exit codes: 0 confirmed, 1 the database is
not that backup or its log is not as it was sealed, 2 it could not look.
`

type Flags = Readonly<{ head?: string; heads: string[]; keepAccess: boolean; keepPasswords: boolean }>

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    options: {
      head: text,
      heads: { ...text, multiple: true, default: [] },
      'access-only': flag,
      'keep-access': flag,
      'keep-passwords': flag,
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help || (values.head === undefined) !== values['access-only']) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  return confirm({
    ...(values.head !== undefined && { head: values.head }),
    heads: values.heads,
    keepAccess: values['keep-access'],
    keepPasswords: values['keep-passwords'],
  })
}

async function confirm({ head, heads, keepAccess, keepPasswords }: Flags): Promise<number> {
  const env = readEnv(withDotEnv(process.env))
  const log = createLog({ level: 'warn', to: process.stderr })
  const directUrl = env.databaseDirectUrl
  const { url, release } =
    directUrl === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: directUrl.reveal(), release: async () => undefined }
  try {
    await migrateChecked({ url, log }, env)
    const { database, close } = createDatabase({
      url,
      applicationName: 'churchhub restore:confirm',
      maxConnections: 3,
      statementTimeoutMs: 600_000,
    })
    try {
      const keys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
      const vault = await openVault({ database, ...keys, clock: systemClock, onRewrapped: recordRewrapped })
      if (head !== undefined) {
        const witnesses = await Promise.all(env.auditWitness.files.map(witnessFileOf))
        const files = [join(env.home, headFileName), ...heads, ...witnesses]
        const outcome = await confirmRestore({ database, vault }, head, files)
        process.stdout.write(`${outcomeLine(outcome)}\n`)
        if (outcome.kind !== 'confirmed') return 1
      }
      // The operator vouches for this database, so one without a baseline gets it now.
      await recordBaseline({ database, vault }, { isRecordedElsewhere: false })
      if (keepAccess) return 0
      const { sessionEpoch } = env
      const options = {
        database,
        home: env.home,
        sessionEpoch,
        keepsPasswords: keepPasswords || env.restoreKeepsPasswords,
      }
      await createRestoreWatch(options).end()
      process.stdout.write(`${accessLine(options.keepsPasswords)}\n`)
      return 0
    } finally {
      await close()
    }
  } finally {
    await release()
  }
}

function outcomeLine(outcome: Awaited<ReturnType<typeof confirmRestore>>): string {
  switch (outcome.kind) {
    case 'no_head':
      return 'The file holds no head. Give the copy of audit-head.jsonl from the time of the backup.'
    case 'not_the_backup':
      return `The database does not hold seal ${outcome.head.number} of the backup's head. It is another backup, or the log was changed.`
    case 'findings':
      return `The audit log is not as it was sealed: ${outcome.findings[0]?.detail}. Run npm run audit:verify.`
    case 'confirmed':
      return `The database was restored to seal ${outcome.head.number}. The receipt names ${outcome.lost} lost ${outcome.lost === 1 ? 'seal' : 'seals'}.`
  }
}

function accessLine(keepsPasswords: boolean): string {
  const passwords = keepsPasswords ? 'Passwords stay valid.' : 'Everybody sets a new password by a link.'
  return `All sessions have ended, and API tokens wait for an admin. ${passwords}`
}

if (import.meta.main) await runCommand(main, 2)
