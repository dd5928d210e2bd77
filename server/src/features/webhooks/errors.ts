import type { DocumentProblem } from '../../core/access/stored-documents.ts'
import { ChurchHubError } from '../../platform/errors.ts'

/** The endpoint's document is invalid. `problems` lists what is wrong and where. */
export class DocumentRefusedError extends ChurchHubError {
  constructor(problems: readonly DocumentProblem[]) {
    super('BAD_USER_INPUT', "The document can't be used. Correct the `problems` and try again.", {
      field: 'document',
      problems,
    })
  }
}

/** The user has reached the maximum number of endpoints. */
export class TooManyEndpointsError extends ChurchHubError {
  constructor(max: number) {
    super('CONFLICT', `A user can have at most ${max} webhooks. Delete one that is no longer used.`, { most: max })
  }
}

/** A disabled endpoint can't be tested, and its messages can't be redelivered. */
export class EndpointOffError extends ChurchHubError {
  constructor() {
    super('CONFLICT', 'The webhook is disabled. Enable it first.')
  }
}

/**
 * The endpoint has scopes that the API token lacks. By changing the endpoint, the token could read data beyond its scopes.
 */
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
