import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { headFileName } from '../core/audit/seal/head-file-name.ts'
import { witnessFileOf } from '../core/audit/seal/witnesses.ts'
import type { Finding } from '../core/audit/verify/findings.ts'
import { recordRewrapped } from '../core/keys/record-rewrapped.ts'
import { openVault } from '../core/vault/vault.ts'
import { type AuditReport, verifyAuditLog } from '../features/audit/verify-audit-log.ts'
import { systemClock } from '../platform/clock.ts'
import { readEnv, withDotEnv } from '../platform/config/env.ts'
import { checkDatabase } from '../platform/database/check.ts'
import { createDatabase } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { createLog } from '../platform/logging/log.ts'
import { runCommand } from '../platform/run-command.ts'

const USAGE = `Verifies the database against its audit log, and the audit log against its seals and the heads outside the database.

  npm run audit:verify
  npm run audit:verify -- --heads FILE

  --heads  an additional file of heads, such as a copy of the server's log kept elsewhere; can be repeated

It also reads the files that AUDIT_WITNESS names. Exit codes:

   0  everything is as it was sealed
   1  EDITED         a row of the log was changed
   2  the check could not run: no database, or a wrong key
   3  FORGED         a seal was not made with the key of the log
   4  REMOVED        a row of the log, or a seal, is missing
   5  INSERTED       a row was added to the log later
   6  REORDERED      rows of the log have changed places
   7  CUT OFF        the log ends earlier than a head outside the database says
   8  EMPTY LOG      the log is empty and the database is not
   9  ROLLED BACK    an encrypted value is not the newest one that the log records
  10  MISSING        a value, a booking or a user was removed without an entry
  11  WRONG OWNER    a booking belongs to a user to whom nobody assigned it
  12  USER CHANGED   a user differs from what the log records
  13  NO ENTRY       the log has no entry about a value, a booking or a user
  14  ACCESS         a session or token grants access that, by the log, never began or has ended
  15  UNSEALED       rows of the log are more than an hour old and not sealed
  16  NO WITNESS     heads outside the database are missing, unreadable or no longer written
  17  GRANT          a consent, an endpoint or a booking's sensitivity lets more out than the log says

If there are several findings, the exit code is the lowest of theirs.
`

const maxShown = 20

/** The text and exit code of each kind of finding. 2 is reserved for a verification that couldn't run. */
const kinds: Readonly<Record<Finding['kind'], readonly [code: number, name: string]>> = {
  edited: [1, 'EDITED'],
  forged: [3, 'FORGED'],
  removed: [4, 'REMOVED'],
  inserted: [5, 'INSERTED'],
  reordered: [6, 'REORDERED'],
  cut_off: [7, 'CUT OFF'],
  empty: [8, 'EMPTY LOG'],
  rolled_back: [9, 'ROLLED BACK'],
  missing: [10, 'MISSING'],
  wrong_owner: [11, 'WRONG OWNER'],
  user_changed: [12, 'USER CHANGED'],
  no_entry: [13, 'NO ENTRY'],
  access: [14, 'ACCESS'],
  unsealed: [15, 'UNSEALED'],
  no_witness: [16, 'NO WITNESS'],
  grant: [17, 'GRANT'],
}

/** The exit code for these findings: the lowest of theirs, or 0 if there are none. */
export function exitCodeOf(findings: Iterable<Finding['kind']>): number {
  const codes = [...findings].map((kind) => kinds[kind][0])
  return codes.length === 0 ? 0 : Math.min(...codes)
}

/** A finding as one line: the manipulation, the row, and the evidence. */
export function findingLine({ kind, row, seal, detail }: Finding): string {
  const where = row === null ? '' : ` row ${row.id} of ${row.createdAt.toISOString()}`
  return `${kinds[kind][1]}${where}${seal === null || row === null ? '' : ` (seal ${seal})`}: ${detail}`
}

/** A readable summary of what was verified. */
export function reportLines(report: AuditReport): string[] {
  const { seals, rows, droppedRows, unsealed, heads, users, bookings, values, unknown } = report
  const dropped = droppedRows > 0 ? `; ${pluralize(droppedRows, 'row')} more dropped by retention, with receipts` : ''
  const oldest = unsealed.oldest ? `, the oldest of ${unsealed.oldest.toISOString()}` : ''
  return [
    `Looked at ${pluralize(rows, 'row')} under ${pluralize(seals, 'seal')}${dropped}.`,
    unsealed.rows === 0 ? 'All rows are sealed.' : `Not yet sealed: ${pluralize(unsealed.rows, 'row')}${oldest}.`,
    heads === 0
      ? 'No heads outside the database were found.'
      : `Looked at ${pluralize(heads, 'head')} outside the database.`,
    `Compared ${pluralize(users, 'user')}, ${pluralize(bookings, 'booking')} and ${pluralize(values, 'sealed value')} with the log.`,
    ...(unknown === 0 ? [] : [`The log says nothing of ${pluralize(unknown, 'row')}.`]),
  ]
}

function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
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
  const directUrl = env.databaseDirectUrl
  const { url, release } =
    directUrl === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: directUrl.reveal(), release: async () => undefined }
  try {
    await checkDatabase({ url, mayBeReadOnly: true })
    const { database, close } = createDatabase({
      url,
      applicationName: 'churchhub audit:verify',
      maxConnections: 2,
      statementTimeoutMs: 600_000,
    })
    try {
      const keys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
      const vault = await openVault({ database, ...keys, clock: systemClock, onRewrapped: recordRewrapped })
      const witnesses = await Promise.all(env.auditWitness.files.map(witnessFileOf))
      const found: Finding['kind'][] = []
      const report = await verifyAuditLog(
        { database, vault },
        [
          { path: join(env.home, headFileName), kind: 'own' },
          ...flags.heads.map((path) => ({ path, kind: 'given' }) as const),
          ...witnesses.map((path) => ({ path, kind: 'witness' }) as const),
        ],
        (finding) => {
          found.push(finding.kind)
          if (found.length <= maxShown) process.stdout.write(`${findingLine(finding)}\n`)
        },
      )
      if (found.length > maxShown) process.stdout.write(`… and ${found.length - maxShown} more.\n`)
      const verdict =
        found.length === 0 ? 'The audit log is as it was sealed.' : 'The audit log is NOT as it was sealed.'
      const named = [...new Set(found)]
        .sort((one, other) => kinds[one][0] - kinds[other][0])
        .map((kind) => kinds[kind][1])
      const summary = named.length === 0 ? [] : [`Found: ${named.join(', ')}.`]
      process.stdout.write(`${[...reportLines(report), ...summary, verdict].join('\n')}\n`)
      return exitCodeOf(found)
    } finally {
      await close()
    }
  } finally {
    await release()
  }
}

if (import.meta.main) await runCommand(main, 2)
