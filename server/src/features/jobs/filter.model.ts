/** The names that Prisma gives to the kinds of job that people see. */
type JobType = 'generateSummary' | 'sendReminder' | 'jitValidate' | 'purgeSensitive'

type JobStatus = 'pending' | 'processing' | 'completed' | 'failed'

/** Times with `from <= t < to`; either end may be open. */
export type DateTimeRange = Readonly<{ from?: Date | null | undefined; to?: Date | null | undefined }>

/** What a list of jobs is narrowed to. What is left out does not narrow. */
export type WorkerJobFilter = Readonly<{
  jobType?: readonly JobType[] | null | undefined
  status?: readonly JobStatus[] | null | undefined
  createdAt?: DateTimeRange | null | undefined
  /** A job without a time of its own is in no range. */
  scheduledFor?: DateTimeRange | null | undefined
}>

export type WorkerJobOrder = Readonly<{
  field: 'createdAt' | 'scheduledFor' | 'startedAt' | 'completedAt'
  direction: 'asc' | 'desc'
}>
