/** Logs as many lines as it is told over IPC, and reports how many were dropped since the start. A program. */
import { setImmediate as turn } from 'node:timers/promises'
import { createLog } from '../../src/platform/logging/log.ts'
import { createLogOutput } from '../../src/platform/logging/output.ts'

const output = createLogOutput()
const log = createLog({ level: 'info', to: output })
let number = 0

process.on('message', async (lines: number) => {
  for (let left = lines; left > 0; left--) {
    log.info({ number: number++, text: 'x'.repeat(200) }, 'line')
    if (left % 100 === 0) await turn()
  }
  process.send?.({ dropped: output.droppedLines() })
})
