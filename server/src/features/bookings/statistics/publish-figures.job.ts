import { z } from 'zod'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { defineJob } from '../../../platform/jobs/job.ts'
import { publishFigures } from './publish-figures.ts'

/** Runs daily, so that figures are computed whether or not anyone requests them. */
export const publishFiguresJob = defineJob({
  name: 'publish-figures',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: Readonly<{ database: Database; clock: Clock }>) => {
    await publishFigures(deps)
    return {}
  },
})
