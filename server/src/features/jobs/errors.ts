import { ConflictError } from '../../platform/errors.ts'

/** Only what has failed, or was cancelled, can be tried again. */
export class JobNotFailedError extends ConflictError {
  constructor() {
    super("This job has not failed, so it can't be retried.")
  }
}

/** A job that runs can't be stopped: half of what it does may be done. */
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

/** The record is of a kind of job that this version of the server doesn't do. */
export class JobUnknownError extends ConflictError {
  constructor() {
    super("This server no longer has this type of job, so it can't be retried.")
  }
}
