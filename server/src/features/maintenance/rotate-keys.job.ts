import { z } from 'zod'
import type { Env } from '../../platform/config/env.ts'
import { defineJob } from '../../platform/jobs/job.ts'
import { type RotateKeysDeps, rotateKeys } from './rotate-keys.ts'

/** Runs hourly. Rotates the data key when it is older than ENCRYPTION_KEY_ROTATION_INTERVAL. */
export const rotateKeysJob = defineJob({
  name: 'rotate-keys',
  payload: z.strictObject({}),
  maxAttempts: 5,
  retryDelaySeconds: 30,
  run: async (deps: RotateKeysDeps & Readonly<{ env: Pick<Env, 'keyRotationSeconds'> }>) => {
    const rotated = await rotateKeys(deps, { olderThanSeconds: deps.env.keyRotationSeconds })
    return { isRotated: rotated !== null }
  },
})
