import { builder, type Context, viewerOf } from '../../graphql/builder.ts'
import { cancelWorkerJob } from './cancel-worker-job.ts'
import { followWorkerJobs, type JobChange } from './follow-worker-jobs.ts'
import { WorkerJob } from './graphql.ts'
import { findVisibleJob, jobOf } from './reads.ts'
import { retryWorkerJob } from './retry-worker-job.ts'

const whichJob = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.globalID({ required: true, for: [WorkerJob], description: "The job's id." }) }),
  })

const RetryWorkerJobInput = whichJob('RetryWorkerJobInput', 'Which job is tried again.')
const CancelWorkerJobInput = whichJob('CancelWorkerJobInput', 'Which job is not to be run.')

const jobPayload = (name: string, description: string) =>
  builder.objectRef<{ jobId: string }>(name).implement({
    description,
    fields: (t) => ({
      workerJob: t.prismaField({
        type: WorkerJob,
        description: 'The job, as it is now.',
        resolve: (query, { jobId }, _args, { deps }) => jobOf(deps.database, jobId, query),
      }),
    }),
  })

const RetryWorkerJobPayload = jobPayload('RetryWorkerJobPayload', 'A job that waits for another attempt.')
const CancelWorkerJobPayload = jobPayload('CancelWorkerJobPayload', 'A job that will not be run.')

builder.mutationFields((t) => ({
  retryWorkerJob: t.field({
    type: RetryWorkerJobPayload,
    description:
      'Gives a job that failed, or was cancelled, one attempt more. Admins only. Error CONFLICT for one that has not failed.',
    needs: 'jobs:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: RetryWorkerJobInput, required: true, description: 'Which one.' }) },
    resolve: (_parent, { input }, context) => about(context, input, retryWorkerJob),
  }),
  cancelWorkerJob: t.field({
    type: CancelWorkerJobPayload,
    description:
      'Cancels a job that waits: it ends as failed, with the error CANCELLED, and is never run. Admins only. Error CONFLICT for one that runs or has ended.',
    needs: 'jobs:write',
    authScopes: { admin: true },
    args: { input: t.arg({ type: CancelWorkerJobInput, required: true, description: 'Which one.' }) },
    resolve: (_parent, { input }, context) => about(context, input, cancelWorkerJob),
  }),
}))

type Deed = (
  deps: Context['deps'],
  viewer: ReturnType<typeof viewerOf>,
  origin: Context['origin'],
  jobId: string,
) => Promise<void>

/** Does something about the job that an input names, which is the answer. */
async function about(context: Context, input: { id: { id: string } }, deed: Deed): Promise<{ jobId: string }> {
  const jobId = input.id.id
  await deed(context.deps, viewerOf(context), context.origin, jobId)
  return { jobId }
}

const WorkerJobChange = builder.objectRef<JobChange>('WorkerJobChange').implement({
  description: 'A background job that is new or has changed.',
  fields: (t) => ({
    workerJob: t.prismaField({
      type: WorkerJob,
      nullable: true,
      description: 'The job as it is now. Null: load the list now, for what happened before is not told.',
      resolve: (query, { jobId }, _args, context) =>
        jobId === null ? null : findVisibleJob(context.deps.database, viewerOf(context), jobId, query),
    }),
  }),
})

builder.subscriptionField('workerJobChanged', (t) =>
  t.field({
    type: WorkerJobChange,
    description:
      'Background jobs as they are ordered, begun, ended, retried and cancelled, each as it is when it is told. There is no replay: the first event, and each after changes may have been missed, has no job and says to load the list. Admins only.',
    needs: 'jobs:read',
    authScopes: { admin: true },
    subscribe: (_parent, _args, context) => followWorkerJobs(context.deps, viewerOf(context)),
    resolve: (change) => change,
  }),
)
