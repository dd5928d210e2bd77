import { ConflictError } from '../../platform/errors.ts'

/** Only failed and cancelled jobs can be retried. */
export class JobNotFailedError extends ConflictError {
  constructor() {
    super("This job has not failed, so it can't be retried.")
  }
}

/** A running job can't be cancelled: it may be half done. */
export class JobRunsError extends ConflictError {
  constructor() {
    super('This job is running. Jobs can be cancelled only while they wait.')
  }
}

/** A job that has ended can't be cancelled. */
export class JobEndedError extends ConflictError {
  constructor() {
    super('This job has already ended. Jobs can be cancelled only while they wait.')
  }
}

/** The job has a type that this version of the server doesn't have. */
export class JobUnknownError extends ConflictError {
  constructor() {
    super("This server no longer has this type of job, so it can't be retried.")
  }
}
