import { z } from 'zod'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { defineJob } from '../../../platform/jobs/job.ts'
import { publishFigures } from './publish-figures.ts'

/** Every day: figures are of the same time whether or not anybody asks. */
export const publishFiguresJob = defineJob({
  name: 'publish-figures',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: Readonly<{ database: Database; clock: Clock }>) => {
    await publishFigures(deps)
    return {}
  },
})
