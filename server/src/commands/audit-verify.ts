import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Finding } from '../core/audit/findings.ts'
import { recordRewrapped } from '../core/keys/record-rewrapped.ts'
import { openVault } from '../core/vault/vault.ts'
import { headFileName } from '../features/audit/head-file.model.ts'
import { type AuditReport, verifyAuditLog } from '../features/audit/verify-audit-log.ts'
import { systemClock } from '../platform/clock.ts'
import { checkDatabase } from '../platform/database/check.ts'
import { createDatabase } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { readEnv, withDotEnv } from '../platform/env.ts'
import { createLog } from '../platform/log.ts'
import { runCommand } from '../platform/run-command.ts'

const USAGE = `Verifies that the audit log was not changed.

  npm run audit:verify
  npm run audit:verify -- --heads FILE

  --heads  an additional file of heads, such as a copy of the server's log kept elsewhere; can be repeated

Exit codes: 0 if everything is as it was sealed, 1 if something is not, 2 if the check could not run.
`

const mostShown = 20

const namesOf: Readonly<Record<Finding['kind'], string>> = {
  edited: 'EDITED',
  removed: 'REMOVED',
  inserted: 'INSERTED',
  reordered: 'REORDERED',
  cut_off: 'CUT OFF',
  forged: 'FORGED',
  rolled_back: 'ROLLED BACK',
}

/** A finding as one line: what was done, to which row, and what shows it. */
export function findingLine({ kind, row, seal, detail }: Finding): string {
  const where = row === null ? '' : ` row ${row.id} of ${row.createdAt.toISOString()}`
  return `${namesOf[kind]}${where}${seal === null || row === null ? '' : ` (seal ${seal})`}: ${detail}`
}

/** What was looked at, for people. */
export function reportLines(report: AuditReport): string[] {
  const { seals, rows, droppedRows, unsealed, heads, values, unknownValues } = report
  const dropped = droppedRows > 0 ? `; ${counted(droppedRows, 'row')} more dropped by retention, with receipts` : ''
  const oldest = unsealed.oldest ? `, the oldest of ${unsealed.oldest.toISOString()}` : ''
  return [
    `Looked at ${counted(rows, 'row')} under ${counted(seals, 'seal')}${dropped}.`,
    unsealed.rows === 0 ? 'All rows are sealed.' : `Not yet sealed: ${counted(unsealed.rows, 'row')}${oldest}.`,
    heads === 0
      ? 'No heads outside the database were found, so a log that was cut off with its seals would not be noticed.'
      : `Looked at ${counted(heads, 'head')} outside the database.`,
    `Held ${counted(values, 'sealed value')} against the log, which says nothing of ${unknownValues} more.`,
  ]
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: { heads: { type: 'string', multiple: true, default: [] }, help: { type: 'boolean', short: 'h' } },
  })
  if (flags.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const env = readEnv(withDotEnv(process.env))
  const log = createLog({ level: 'warn', to: process.stderr })
  const given = env.databaseDirectUrl
  const { url, release } =
    given === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: given.reveal(), release: async () => undefined }
  try {
    await checkDatabase({ url })
    const { database, close } = createDatabase({
      url,
      applicationName: 'churchhub audit:verify',
      maxConnections: 2,
      statementTimeoutMs: 600_000,
    })
    try {
      const keys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
      const vault = await openVault({ database, ...keys, clock: systemClock, onRewrapped: recordRewrapped })
      let count = 0
      const report = await verifyAuditLog(
        { database, vault },
        [join(env.home, headFileName), ...flags.heads],
        (finding) => {
          count += 1
          if (count <= mostShown) process.stdout.write(`${findingLine(finding)}\n`)
        },
      )
      if (count > mostShown) process.stdout.write(`… and ${count - mostShown} more.\n`)
      const verdict = count === 0 ? 'The audit log is as it was sealed.' : 'The audit log is NOT as it was sealed.'
      process.stdout.write(`${[...reportLines(report), verdict].join('\n')}\n`)
      return count === 0 ? 0 : 1
    } finally {
      await close()
    }
  } finally {
    await release()
  }
}

if (import.meta.main) await runCommand(main, 2)
