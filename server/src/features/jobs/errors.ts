import { ConflictError } from '../../platform/errors.ts'

/** Only what has failed, or was cancelled, can be tried again. */
export class JobNotFailedError extends ConflictError {
  constructor() {
    super('This job has not failed: there is nothing to try again.')
  }
}

/** A job that runs can't be stopped: half of what it does may be done. */
export class JobRunsError extends ConflictError {
  constructor() {
    super('This job runs at this moment. It can be cancelled only while it waits.')
  }
}

/** A job that has ended can't be cancelled. */
export class JobEndedError extends ConflictError {
  constructor() {
    super('This job has ended already.')
  }
}

/** The record is of a kind of job that this version of the server doesn't do. */
export class JobUnknownError extends ConflictError {
  constructor() {
    super('This server has no such job any more.')
  }
}
