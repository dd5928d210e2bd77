import { builder, checkFilter, listField, viewerOf } from '../../graphql/schema/builder.ts'
import { DateTimeRange, OrderDirection } from '../../graphql/schema/common-types.ts'
import { idsAndCodesIn } from '../../platform/jobs/job.ts'
import { bookingForViewer } from '../bookings/graphql.ts'
import { errorCodeIn } from './model.ts'
import { jobList, visibleJob } from './reads.ts'

const WorkerJobType = builder.enumType('WorkerJobType', {
  description: 'The type of a background job.',
  values: {
    GENERATE_SUMMARY: { value: 'generateSummary', description: 'Writes the summary of a booking.' },
    SEND_REMINDER: { value: 'sendReminder', description: 'Emails a reminder of a meeting.' },
    JIT_VALIDATE: { value: 'jitValidate', description: 'Checks a meeting again shortly before it starts.' },
    PURGE_SENSITIVE: { value: 'purgeSensitive', description: 'Deletes data whose retention period has ended.' },
  } as const,
})

const WorkerJobStatus = builder.enumType('WorkerJobStatus', {
  description: 'The status of a background job.',
  values: {
    PENDING: { value: 'pending', description: 'Waiting for its first or next attempt.' },
    PROCESSING: { value: 'processing', description: 'Running on a worker.' },
    COMPLETED: { value: 'completed', description: 'Completed.' },
    FAILED: { value: 'failed', description: 'Failed permanently, or cancelled. It can be retried.' },
  } as const,
})

export const WorkerJob = builder.prismaNode('WorkerJob', {
  description: 'A background job. It holds IDs and codes, never content. Admins only.',
  needs: 'jobs:read',
  select: { id: true },
  id: { field: 'id', description: 'The global ID.' },
  // The auth rule below runs only if a field is selected, so access is checked here too.
  findUnique: (id, context) => visibleJob(viewerOf(context), id),
  nullable: true,
  authScopes: { admin: true },
  fields: (t) => ({
    jobType: t.expose('jobType', { type: WorkerJobType, description: 'The type of the job.' }),
    status: t.expose('status', { type: WorkerJobStatus, description: 'The status of the job.' }),
    payload: t.field({
      type: 'JSON',
      description: 'What the job is about, as named IDs and codes.',
      select: { payload: true },
      resolve: ({ payload }) => idsAndCodesIn(payload),
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: "The booking the job is about. Null if there is none or you can't access it.",
      select: { payload: true },
      resolve: (query, { payload }, _args, context) => {
        const { bookingId } = idsAndCodesIn(payload)
        return typeof bookingId === 'string' ? bookingForViewer(context, bookingId, query) : null
      },
    }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The result, as codes and numbers. Null until the job is completed.',
      select: { result: true },
      resolve: ({ result }) => (result === null ? null : idsAndCodesIn(result)),
    }),
    error: t.string({
      nullable: true,
      description:
        'Why the last attempt failed, as a code from docs/errors.md, or `INVALID_PAYLOAD`, `LOST` (its worker died) or `CANCELLED`.',
      select: { error: true },
      resolve: ({ error }) => errorCodeIn(error),
    }),
    attempts: t.exposeInt('attempts', { description: 'The number of attempts started.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'The maximum number of attempts. Each retry adds one.' }),
    scheduledFor: t.expose('scheduledFor', {
      type: 'DateTime',
      nullable: true,
      description: 'The earliest time to run the job. Null runs it as soon as a worker is free.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last attempt started.',
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the job was completed, failed or was cancelled.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the job was enqueued.' }),
  }),
})

const WorkerJobConnection = builder.connectionObject(
  { type: WorkerJob, name: 'WorkerJobConnection', description: 'A connection of background jobs.' },
  { name: 'WorkerJobEdge', description: 'An edge in a connection of background jobs.' },
)

const WorkerJobFilter = builder.inputType('WorkerJobFilter', {
  description: 'Filters background jobs. All conditions must match; omitted fields are ignored.',
  fields: (t) => ({
    jobType: t.field({ type: [WorkerJobType], description: 'Matches any of these values, at most 100.' }),
    status: t.field({ type: [WorkerJobStatus], description: 'Matches any of these values, at most 100.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When the job was enqueued.' }),
    scheduledFor: t.field({
      type: DateTimeRange,
      description: 'The time the job is scheduled for. Jobs without one match no range.',
    }),
  }),
})

const WorkerJobOrderField = builder.enumType('WorkerJobOrderField', {
  description: 'Properties by which background jobs can be ordered.',
  values: {
    CREATED_AT: { value: 'createdAt', description: 'By time enqueued.' },
    SCHEDULED_FOR: {
      value: 'scheduledFor',
      description: 'By scheduled time. Jobs without one come last.',
    },
    STARTED_AT: { value: 'startedAt', description: 'By start time. Jobs that have not started come last.' },
    COMPLETED_AT: { value: 'completedAt', description: 'By end time. Jobs that have not ended come last.' },
  } as const,
})

const WorkerJobOrder = builder.inputType('WorkerJobOrder', {
  description: 'The order of a list of background jobs. Ties are broken by ID.',
  fields: (t) => ({
    field: t.field({
      type: WorkerJobOrderField,
      required: true,
      defaultValue: 'createdAt',
      description: 'The property to order by.',
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'desc',
      description: 'The sort direction.',
    }),
  }),
})

type ListArgs = Readonly<{
  filter?: (typeof WorkerJobFilter)['$inferInput'] | null | undefined
  orderBy?: (typeof WorkerJobOrder)['$inferInput'] | null | undefined
}>

function listed({ filter, orderBy }: ListArgs) {
  checkFilter(filter)
  return jobList(filter ?? {}, orderBy ?? undefined)
}

builder.queryField('workerJobs', (t) =>
  t.connection(
    {
      type: WorkerJob,
      description: 'The background jobs. Defaults to newest first. Admins only.',
      needs: 'jobs:read',
      authScopes: { admin: true },
      args: {
        filter: t.arg({ type: WorkerJobFilter, description: 'Filters the list.' }),
        orderBy: t.arg({
          type: WorkerJobOrder,
          description: 'Defaults to time enqueued, newest first.',
        }),
      },
      ...listField('WorkerJob', listed, { isPlanned: false }),
    },
    WorkerJobConnection,
  ),
)
