import { builder, checkCursors, checkFilter, checkPage, viewerOf } from '../../graphql/builder.ts'
import { idsAndCodesIn } from '../../platform/job.ts'
import { bookingForViewer, DateTimeRange } from '../bookings/graphql.ts'
import { OrderDirection } from '../bookings/queries.graphql.ts'
import { errorCodeIn } from './model.ts'
import { countJobs, isJob, jobsMatching, listJobs, visibleJob } from './reads.ts'

export const WorkerJobType = builder.enumType('WorkerJobType', {
  description: 'What a background job does.',
  values: {
    GENERATE_SUMMARY: { value: 'generateSummary', description: 'Writes the summary of a booking.' },
    SEND_REMINDER: { value: 'sendReminder', description: 'Mails a reminder of a meeting.' },
    JIT_VALIDATE: { value: 'jitValidate', description: 'Looks once more at a meeting shortly before it.' },
    PURGE_SENSITIVE: { value: 'purgeSensitive', description: 'Deletes what has been kept long enough.' },
  } as const,
})

export const WorkerJobStatus = builder.enumType('WorkerJobStatus', {
  description: 'How far a background job is.',
  values: {
    PENDING: { value: 'pending', description: 'It waits: for its first attempt, or for the next one.' },
    PROCESSING: { value: 'processing', description: 'A worker is at it.' },
    COMPLETED: { value: 'completed', description: 'It is done.' },
    FAILED: { value: 'failed', description: 'It has failed for good, or was cancelled. It can be retried.' },
  } as const,
})

export const WorkerJob = builder.prismaNode('WorkerJob', {
  description: 'One background job on record. It holds ids and codes, never content. Admins only.',
  needs: 'jobs:read',
  select: { id: true },
  id: { field: 'id', description: 'The global id.' },
  // Without a field of it nobody asks the rule below: whether it exists is decided here.
  findUnique: (id, context) => visibleJob(viewerOf(context), id),
  nullable: true,
  authScopes: { admin: true },
  fields: (t) => ({
    jobType: t.expose('jobType', { type: WorkerJobType, description: 'What it does.' }),
    status: t.expose('status', { type: WorkerJobStatus, description: 'How far it is.' }),
    payload: t.field({
      type: 'JSON',
      description: 'What it is about: ids and codes by their names.',
      select: { payload: true },
      resolve: ({ payload }) => idsAndCodesIn(payload),
    }),
    booking: t.prismaField({
      type: 'Booking',
      nullable: true,
      description: 'The booking it is about. Null when there is none, or none that exists for you.',
      select: { payload: true },
      resolve: (query, { payload }, _args, context) => {
        const { bookingId } = idsAndCodesIn(payload)
        return typeof bookingId === 'string' ? bookingForViewer(context, bookingId, query) : null
      },
    }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What came of it, as codes and numbers. Null until it is completed.',
      select: { result: true },
      resolve: ({ result }) => (result === null ? null : idsAndCodesIn(result)),
    }),
    error: t.string({
      nullable: true,
      description:
        'Why its last attempt failed, as a code: one of docs/errors.md, or INVALID_PAYLOAD, LOST (its worker died), CANCELLED.',
      select: { error: true },
      resolve: ({ error }) => errorCodeIn(error),
    }),
    attempts: t.exposeInt('attempts', { description: 'How many times it was begun.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'How many times it may be begun; each retry adds one.' }),
    scheduledFor: t.expose('scheduledFor', {
      type: 'DateTime',
      nullable: true,
      description: 'Not before this time. Null: as soon as a worker is free.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last attempt began.',
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was completed, failed or was cancelled.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was ordered.' }),
  }),
})

const WorkerJobConnection = builder.connectionObject(
  { type: WorkerJob, name: 'WorkerJobConnection', description: 'A page of background jobs.' },
  { name: 'WorkerJobEdge', description: 'One of background jobs, with its cursor.' },
)

const WorkerJobFilter = builder.inputType('WorkerJobFilter', {
  description: 'Narrows a list of background jobs. What is left out does not narrow.',
  fields: (t) => ({
    jobType: t.field({ type: [WorkerJobType], description: 'Any of these, at most 100.' }),
    status: t.field({ type: [WorkerJobStatus], description: 'Any of these, at most 100.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it was ordered.' }),
    scheduledFor: t.field({
      type: DateTimeRange,
      description: 'The time it waits for; one that waits for none is in no range.',
    }),
  }),
})

const WorkerJobOrderField = builder.enumType('WorkerJobOrderField', {
  description: 'What background jobs can be ordered by.',
  values: {
    CREATED_AT: { value: 'createdAt', description: 'When they were ordered.' },
    SCHEDULED_FOR: {
      value: 'scheduledFor',
      description: 'The time they wait for; those that wait for none come last.',
    },
    STARTED_AT: { value: 'startedAt', description: 'When they began; those that have not come last.' },
    COMPLETED_AT: { value: 'completedAt', description: 'When they ended; those that have not come last.' },
  } as const,
})

const WorkerJobOrder = builder.inputType('WorkerJobOrder', {
  description: 'The order of a list of background jobs. Equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({
      type: WorkerJobOrderField,
      required: true,
      defaultValue: 'createdAt',
      description: 'What to order by.',
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: 'desc',
      description: 'Which end comes first.',
    }),
  }),
})

builder.queryField('workerJobs', (t) =>
  t.prismaConnection(
    {
      type: WorkerJob,
      cursor: 'id',
      description: 'The background jobs, newest first unless said otherwise. Admins only.',
      needs: 'jobs:read',
      authScopes: { admin: true },
      args: {
        filter: t.arg({ type: WorkerJobFilter, description: 'Narrows the list.' }),
        orderBy: t.arg({
          type: WorkerJobOrder,
          description: 'By when they were ordered, newest first, unless said otherwise.',
        }),
      },
      totalCount: (_parent, { filter }, { deps }) => countJobs(deps.database, jobsMatching(filter ?? {})),
      resolve: async (query, _parent, args, { deps }) => {
        checkPage(args)
        checkFilter(args.filter)
        await checkCursors(args, (id) => isJob(deps.database, id))
        const order = args.orderBy ?? ({ field: 'createdAt', direction: 'desc' } as const)
        return listJobs(deps.database, jobsMatching(args.filter ?? {}), order, query)
      },
    },
    WorkerJobConnection,
  ),
)
