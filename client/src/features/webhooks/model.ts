import type {
  DocumentProblemFragment,
  EndpointFragment,
  LoggedMessageFragment,
  WebhookDisabledReason,
  WebhookEndpointState,
  WebhookMessageFilter,
  WebhookMessageStatus,
} from '../../gql/graphql.ts'
import { formatAgo } from '../../lib/time.ts'

/** A destination of webhooks. */
export type Endpoint = EndpointFragment

/** One message of an endpoint's log. */
export type LoggedMessage = LoggedMessageFragment

/** One error in a document. */
export type DocumentProblem = DocumentProblemFragment

/** The initial document of a new endpoint. */
export const exampleDocument = `subscription {
  bookingChanged {
    kind
    booking {
      id
      status
      startTime
      endTime
      title
    }
  }
}
`

/** The labels of an endpoint's scopes. The server says which of them a document needs. */
export const scopeLabels: Readonly<Record<string, string>> = {
  'bookings:read': 'Bookings, redacted',
  'users:read': 'Users: the owners of bookings',
  'summaries:read': 'Summary metadata',
  'forms:read': 'Booking forms, without answers',
  'policies:read': 'Scheduling policies',
}

/** The labels of states. */
export const stateLabels: Readonly<Record<WebhookEndpointState, string>> = {
  WORKING: 'Working',
  FAILING: 'Failing',
  BROKEN: 'Invalid document',
  OFF: 'Disabled',
}

const reasonLabels: Readonly<Record<WebhookDisabledReason, string>> = {
  REQUESTED: 'Disabled by a user.',
  FAILING: 'Disabled, because nothing was delivered for five days. Enable it once the receiver works again.',
  GONE: 'Disabled, because the receiver responded with 410 Gone.',
  OWNER_INACTIVE: 'Disabled, because its owner’s account was deactivated.',
}

/** The status of an endpoint, in a sentence. */
export function conditionOf(endpoint: Endpoint, now: Date): string {
  const { state, disabledReason, failingSince, lastDeliveredAt } = endpoint
  const delivered = lastDeliveredAt === null ? null : formatAgo(new Date(lastDeliveredAt), now)
  switch (state) {
    case 'OFF':
      return reasonLabels[disabledReason ?? 'REQUESTED']
    case 'BROKEN':
      return 'Its document can no longer be run, so nothing is sent. Correct the document.'
    case 'FAILING':
      return `Every attempt has failed since ${formatAgo(new Date(failingSince ?? now), now)}. ChurchHub keeps retrying.`
    case 'WORKING':
      return delivered === null ? 'Nothing sent yet.' : `Last delivered ${delivered}.`
  }
}

/** The labels of statuses. */
export const statusLabels: Readonly<Record<WebhookMessageStatus, string>> = {
  PENDING: 'Waiting',
  DELIVERED: 'Delivered',
  FILTERED: 'Filtered out',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

const errorLabels: Readonly<Record<string, string>> = {
  REFUSED: 'The receiver refused it',
  REDIRECTED: 'The receiver redirects; that is not followed',
  GONE: 'The receiver is gone',
  TIMEOUT: 'No answer within ten seconds',
  DNS_FAILED: 'The host name doesn’t resolve',
  CONNECTION_FAILED: 'No connection',
  TLS_FAILED: 'No secure connection: check the certificate',
  ADDRESS_REFUSED: 'The host is not on the public internet',
  URL_REFUSED: 'The URL isn’t allowed',
  DOCUMENT_INVALID: 'The document can no longer be run',
  UNREADABLE: 'The encrypted URL can’t be decrypted',
}

type Attempt = LoggedMessage['attempts'][number]

/** The outcome of an attempt: `204, in 31 ms` or `500: The receiver refused it`. */
export function outcomeOf({ statusCode, errorCode, durationMs }: Attempt): string {
  if (errorCode === null) return `${statusCode}, in ${durationMs} ms`
  const label = errorLabels[errorCode] ?? `Error ${errorCode}`
  return statusCode === null ? label : `${statusCode}: ${label}`
}

/** The filters of the log. */
export const logChoices = {
  all: { label: 'All', filter: {} },
  delivered: { label: 'Delivered', filter: { status: ['DELIVERED'] } },
  waiting: { label: 'Waiting', filter: { status: ['PENDING'] } },
  failed: { label: 'Failed or cancelled', filter: { status: ['FAILED', 'CANCELLED'] } },
  filtered: { label: 'Filtered out', filter: { status: ['FILTERED'] } },
} as const satisfies Record<string, { label: string; filter: WebhookMessageFilter }>

/** The name of a filter. */
export type LogChoice = keyof typeof logChoices

/** Narrows a select's value to a filter. */
export function isLogChoice(text: string): text is LogChoice {
  return Object.hasOwn(logChoices, text)
}

/** A problem with its line: `Line 3: …`. */
export function problemMessages({ line, message }: Pick<DocumentProblem, 'line' | 'message'>): string {
  return line === null ? message : `Line ${line}: ${message}`
}

/** Reads the `problems` of a refused document from an error's extensions; null if there are none. */
export function documentProblemsIn(problems: unknown): readonly DocumentProblem[] | null {
  return Array.isArray(problems) && problems.every(isProblem) ? problems : null
}

function isProblem(value: unknown): value is DocumentProblem {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
}
