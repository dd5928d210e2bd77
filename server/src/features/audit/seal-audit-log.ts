import { join } from 'node:path'
import { appendHead, readLastHead } from '../../core/audit/heads.ts'
import { readNewestSeal } from '../../core/audit/seal.ts'
import { type Sealed, type SealLogDeps, type SealLogOptions, sealLog } from '../../core/audit/seal-log.ts'
import { firstLost } from '../../core/audit/verify-heads.ts'
import type { Env } from '../../platform/env.ts'
import type { Log } from '../../platform/log.ts'
import { headFileName } from './head-file.model.ts'

export type SealAuditLogDeps = SealLogDeps &
  Readonly<{ env: Pick<Env, 'home'>; log: Pick<Log, 'info' | 'warn' | 'error'> }>

/**
 * Seals what is closed of the audit log and writes the newest head outside the database: to the server's log, and to
 * `audit-head.jsonl` in CHURCHHUB_HOME. Where the database no longer holds the last head of that file, it says so in the
 * log, and goes on: what is new is better sealed than not.
 */
export async function sealAuditLog(deps: SealAuditLogDeps, options: SealLogOptions = {}): Promise<Sealed> {
  const { database, log } = deps
  const path = join(deps.env.home, headFileName)
  const last = await readLastHead(path)
  const lost = last === null ? null : await firstLost(database, [last])
  if (lost !== null) {
    log.error({ number: lost.seal }, 'the audit log is not the one that was sealed: run npm run audit:verify')
  }
  const sealed = await sealLog(deps, options)
  if (sealed.isWaiting) log.warn('the audit log waits to be sealed: a session that can not be looked into is at work')
  const newest = await readNewestSeal(database)
  // Also where another node sealed, or this one died between its commit and this line.
  if (newest !== null && (last === null || lost !== null || newest.number > last.number)) {
    const { number, digest, mac, sealedAt } = newest
    const head = { number, digest, mac, sealedAt: sealedAt.toISOString() }
    await appendHead(path, head)
    log.info(head, 'the newest seal of the audit log')
  }
  return sealed
}
