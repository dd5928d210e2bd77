/**
 * Opens summaries as fast as it can, and writes a line for each one that it received. A process to kill: `node
 * reader.ts URL USER_ID SUMMARY_ID…`
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createAuditedReader } from '../../../src/core/audit/read/audited-reader.ts'
import { openSummaries } from '../../../src/features/summaries/read/open-summaries.ts'
import { createDatabase } from '../../../src/platform/database/client.ts'
import { newId } from '../../../src/platform/ids.ts'
import { openTestVault, testOrigin } from '../../support/parish.ts'

// Node writes it when a process exits, which this one never does.
flushCompileCache()
const [url = '', userId = '', ...summaryIds] = process.argv.slice(2)
const { database } = createDatabase({ url, applicationName: 'churchhub reader', maxConnections: 3 })
const deps = { auditedReader: createAuditedReader(database), database, vault: await openTestVault(database), newId }
const viewer = { kind: 'person', userId, role: 'pastor', sessionId: '' } as const

/** Reads one or two summaries at a time, forever. */
async function read(lane: number): Promise<never> {
  for (let turn = lane; ; turn++) {
    const asked = [turn, turn * 7].map((at) => summaryIds[at % summaryIds.length] ?? '').slice(0, 1 + (turn % 2))
    const answers = await openSummaries(deps, viewer, testOrigin, asked)
    const given = [...answers].flatMap(([id, content]) => (content !== null && 'text' in content ? [id] : []))
    if (given.length < answers.size) throw new Error('a summary stayed shut')
    // Not through a stream: what is written with a system call survives this process.
    writeSync(1, given.map((id) => `${id}\n`).join(''))
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => read(lane)))
