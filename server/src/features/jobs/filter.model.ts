/** Prisma's names of the recorded job types. */
type JobType = 'generateSummary' | 'sendReminder' | 'jitValidate' | 'purgeSensitive'

type JobStatus = 'pending' | 'processing' | 'completed' | 'failed'

/** `from <= t < to`; either bound may be omitted. */
export type DateTimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** Filters jobs. All conditions must match; omitted fields are ignored. */
export type WorkerJobFilter = Readonly<{
  jobType?: readonly JobType[] | null | undefined
  status?: readonly JobStatus[] | null | undefined
  createdAt?: DateTimeRange | null | undefined
  /** Excludes jobs without a scheduled time. */
  scheduledFor?: DateTimeRange | null | undefined
}>

export type WorkerJobOrder = Readonly<{
  field: 'createdAt' | 'scheduledFor' | 'startedAt' | 'completedAt'
  direction: 'asc' | 'desc'
}>
