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

/** Where webhooks go out to. */
export type Endpoint = EndpointFragment

/** One message of an endpoint's log. */
export type LoggedMessage = LoggedMessageFragment

/** One thing that is wrong with a document. */
export type DocumentProblem = DocumentProblemFragment

/** The document that a new endpoint begins with. */
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

/** The scopes that an endpoint can have, in words. The server says which of them a document needs. */
export const scopeLabels: Readonly<Record<string, string>> = {
  'bookings:read': 'Bookings, redacted',
  'users:read': 'Users: the owners of bookings',
  'summaries:read': 'Summary metadata',
  'forms:read': 'Booking forms, without answers',
  'policies:read': 'Scheduling policies',
}

/** States in words. */
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

/** How an endpoint is doing, in a sentence. */
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

/** Statuses in words. */
export const statusLabels: Readonly<Record<WebhookMessageStatus, string>> = {
  PENDING: 'Waiting',
  DELIVERED: 'Delivered',
  FILTERED: 'Filtered out',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

const errorWords: Readonly<Record<string, string>> = {
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

/** What became of a try, in words: `204, in 31 ms` or `500: The receiver refused it`. */
export function outcomeOf({ statusCode, errorCode, durationMs }: Attempt): string {
  if (errorCode === null) return `${statusCode}, in ${durationMs} ms`
  const words = errorWords[errorCode] ?? `Error ${errorCode}`
  return statusCode === null ? words : `${statusCode}: ${words}`
}

/** What one may narrow the log to. */
export const logChoices = {
  all: { words: 'All', filter: {} },
  delivered: { words: 'Delivered', filter: { status: ['DELIVERED'] } },
  waiting: { words: 'Waiting', filter: { status: ['PENDING'] } },
  failed: { words: 'Failed or cancelled', filter: { status: ['FAILED', 'CANCELLED'] } },
  filtered: { words: 'Filtered out', filter: { status: ['FILTERED'] } },
} as const satisfies Record<string, { words: string; filter: WebhookMessageFilter }>

/** A choice's name. */
export type LogChoice = keyof typeof logChoices

/** Narrows what a select gives to a choice. */
export function isLogChoice(text: string): text is LogChoice {
  return Object.hasOwn(logChoices, text)
}

/** A problem in words, with its place in the text: `Line 3: …`. */
export function problemMessages({ line, message }: Pick<DocumentProblem, 'line' | 'message'>): string {
  return line === null ? message : `Line ${line}: ${message}`
}

/** Reads the `problems` of a refused document out of an error's extensions; null when there are none. */
export function documentProblemsIn(problems: unknown): readonly DocumentProblem[] | null {
  return Array.isArray(problems) && problems.every(isProblem) ? problems : null
}

function isProblem(value: unknown): value is DocumentProblem {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
}
