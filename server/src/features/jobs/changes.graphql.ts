import { builder, type Context, viewerOf } from '../../graphql/schema/builder.ts'
import { cancelWorkerJob } from './cancel-worker-job.ts'
import { followWorkerJobs, type JobChange } from './follow-worker-jobs.ts'
import { WorkerJob } from './graphql.ts'
import { findVisibleJob, jobOf } from './reads.ts'
import { retryWorkerJob } from './retry-worker-job.ts'

const jobInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.globalID({ required: true, for: [WorkerJob], description: "The job's ID." }) }),
  })

const RetryWorkerJobInput = jobInput('RetryWorkerJobInput', 'The job to retry.')
const CancelWorkerJobInput = jobInput('CancelWorkerJobInput', 'The job to cancel.')

const jobPayload = (name: string, description: string) =>
  builder.objectRef<{ jobId: string }>(name).implement({
    description,
    fields: (t) => ({
      workerJob: t.prismaField({
        type: WorkerJob,
        description: 'The job in its current state.',
        resolve: (query, { jobId }, _args, { deps }) => jobOf(deps.database, jobId, query),
      }),
    }),
  })

const RetryWorkerJobPayload = jobPayload('RetryWorkerJobPayload', 'The result of retrying a job.')
const CancelWorkerJobPayload = jobPayload('CancelWorkerJobPayload', 'The result of cancelling a job.')

builder.mutationFields((t) => ({
  retryWorkerJob: t.field({
    type: RetryWorkerJobPayload,
    description:
      'Gives a failed or cancelled job one more attempt. Admins only. Errors: `CONFLICT` if the job has not failed.',
    needs: 'jobs:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: RetryWorkerJobInput, required: true, description: 'The job to retry.' }) },
    resolve: (_parent, { input }, context) => runUseCase(context, input, retryWorkerJob),
  }),
  cancelWorkerJob: t.field({
    type: CancelWorkerJobPayload,
    description:
      'Cancels a waiting job: it ends as failed, with the error `CANCELLED`, and never runs. Admins only. Errors: `CONFLICT` if the job is running or has ended.',
    needs: 'jobs:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: CancelWorkerJobInput, required: true, description: 'The job to cancel.' }) },
    resolve: (_parent, { input }, context) => runUseCase(context, input, cancelWorkerJob),
  }),
}))

type UseCase = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  jobId: string,
) => Promise<void>

/** Runs a use case on the job that the input identifies and returns the job. */
async function runUseCase(
  context: Context,
  input: { id: { id: string } },
  useCase: UseCase,
): Promise<{ jobId: string }> {
  const jobId = input.id.id
  await useCase(context.deps, viewerOf(context), context.origin, jobId)
  return { jobId }
}

const WorkerJobChange = builder.objectRef<JobChange>('WorkerJobChange').implement({
  description: 'A new or updated background job.',
  fields: (t) => ({
    workerJob: t.prismaField({
      type: WorkerJob,
      nullable: true,
      description: 'The job in its current state. If null, load the list now: earlier changes are not sent.',
      resolve: (query, { jobId }, _args, context) =>
        jobId === null ? null : findVisibleJob(context.deps.database, viewerOf(context), jobId, query),
    }),
  }),
})

builder.subscriptionField('workerJobChanged', (t) =>
  t.field({
    type: WorkerJobChange,
    description:
      'Background jobs as they are enqueued, started, ended, retried and cancelled, each in its state when the event is sent. There is no replay: the first event, and each event after changes may have been missed, has no job and tells you to load the list. Admins only.',
    needs: 'jobs:read',
    authScopes: { admin: true },
    subscribe: (_parent, _args, context) => followWorkerJobs(context.deps, viewerOf(context)),
    resolve: (change) => change,
  }),
)
