import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { newId } from '../../platform/ids.ts'
import { failLostJobs } from './fail-lost-jobs.ts'

let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase()
})

afterAll(() => fresh.close())

async function addRecord(status: 'pending' | 'processing' | 'completed', error: string | null = null): Promise<string> {
  const id = newId()
  await fresh.database.workerJob.create({ data: { id, jobType: 'sendReminder', status, error, payload: {} } })
  return id
}

const recordOf = (id: string) => fresh.database.workerJob.findUniqueOrThrow({ where: { id } })

test('a job that no worker reported on fails with its last error; ended jobs stay unchanged', async () => {
  const failedBefore = await addRecord('pending', 'CONFLICT')
  const running = await addRecord('processing')
  const done = await addRecord('completed')

  const lost = [failedBefore, running, done, newId()].map((id) => ({ id, attempt: 3 }))
  await failLostJobs(fresh, lost)

  expect(await recordOf(failedBefore)).toMatchObject({
    status: 'failed',
    error: 'CONFLICT',
    completedAt: expect.any(Date),
  })
  expect(await recordOf(running)).toMatchObject({ status: 'failed', error: 'LOST', completedAt: expect.any(Date) })
  expect(await recordOf(done)).toMatchObject({ status: 'completed', error: null, completedAt: null })
})

test('a lost job that was requeued in the meantime stays pending', async () => {
  const id = await addRecord('pending')
  await fresh.database.workerJob.update({ where: { id }, data: { attempts: 3, maxAttempts: 4 } })
  await failLostJobs(fresh, [{ id, attempt: 3 }])
  expect(await recordOf(id)).toMatchObject({ status: 'pending', error: null, completedAt: null })
})
