import type { DocumentProblem } from '../../core/access/stored-documents.ts'
import { ChurchHubError } from '../../platform/errors.ts'

/** The document of an endpoint can't be used. `problems` says what is wrong with it, and where. */
export class DocumentRefusedError extends ChurchHubError {
  constructor(problems: readonly DocumentProblem[]) {
    super('BAD_USER_INPUT', "The document can't be used. Correct the `problems` and try again.", {
      field: 'document',
      problems,
    })
  }
}

/** A user has as many endpoints as one may have. */
export class TooManyEndpointsError extends ChurchHubError {
  constructor(most: number) {
    super('CONFLICT', `A user can have at most ${most} webhooks. Delete one that is no longer used.`, { most })
  }
}

/** Nothing is sent to an endpoint that is switched off. */
export class EndpointOffError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'The webhook is disabled. Enable it first.')
  }
}

/** An endpoint may see more than the token that was about to change it: the token could have it sent elsewhere. */
export class ScopesBeyondTokenError extends ChurchHubError {
  constructor(missingScope: readonly string[]) {
    super(
      'FORBIDDEN',
      "A token can't grant a scope that it lacks, or change a webhook with such a scope. Use a token with the missing scope.",
      {
        missingScope,
      },
    )
  }
}
