import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  GraphQLError,
  type GraphQLFormattedError,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import type { Viewer } from '../../core/access/viewer.ts'
import { createPeopleNotes, type PeopleNotes } from '../../core/audit/read/people-read.ts'
import { type EventReader, readerOf } from '../../platform/events/event-source.ts'
import type { Context } from '../auth/context.ts'
import { recordAnswer, recordRefusal } from '../auth/record-answer.ts'
import type { Plan, Plans } from '../planner/planner.ts'
import type { SharingKey, SharingKeys } from './sharing-key.ts'

/**
 * A result of a stream. `stringify` returns the JSON of a result: for this object the text that all its subscribers
 * share, for a copy by a plugin a text of its own. Yoga calls it by this name.
 */
export type LiveResult = ExecutionResult &
  Readonly<{
    stringify: (answer: ExecutionResult) => string
  }>

/** The results of one subscription. The last one may be an error; iterating never throws. */
export type LiveResults = AsyncIterableIterator<LiveResult, undefined> &
  Readonly<{
    /**
     * Passes every result to `take` until the stream ends or `return` is called. Waits for the promise that `take`
     * returns, if any. Live events reach all subscribers that share them in one tick, which costs far less than a
     * promise for each of them.
     */
    drain(take: (result: LiveResult) => Promise<void> | undefined): Promise<void>
  }>

/** Starts a subscription. Returns its results, or the errors that keep it from starting. */
export type LiveSubscribe = (args: ExecutionArgs) => Promise<LiveResults | ExecutionResult>

type MaskError = (error: unknown) => Error

/**
 * Milliseconds for which a result may be shared. It reflects the state when it was produced: a subscriber that reads
 * the event later gets a new one, under the current rules.
 */
const sharedForMs = 1_000

/** A subscription that has read an event and receives its result. */
type Subscriber = Readonly<{ execution: Execution; give(result: LiveResult): void }>

/** The execution of an event for one sharing key, or the subscribers waiting for it. */
type SharedExecution = { executed: Executed | null; readonly waiting: Subscriber[] }

type Executed = Readonly<{ result: LiveResult; isPersonal: boolean; people: PeopleNotes }>

/** By event and sharing key, while they are fresh. Collected together with the event. */
type SharedExecutions = WeakMap<object, Map<SharingKey, SharedExecution>>

/**
 * Creates the engine of all subscriptions, over every transport. If a source gives several subscribers the same event
 * object, it is executed and serialized once per sharing key.
 *
 * An execution that reads anything specific to one subscriber (its origin, session or token), as every audited read
 * does, is used for that subscriber only. All others execute the event on their own.
 */
export function createLiveSubscribe(maskError: MaskError, plans: Plans, sharingKeys: SharingKeys): LiveSubscribe {
  const shared: SharedExecutions = new WeakMap()

  return async (args) => {
    const validated = validateSubscriptionArgs(args)
    if (!('schema' in validated)) return { errors: validated }
    const source = await createSourceEventStream(validated)
    // yoga.ts creates the context of every operation.
    const context = validated.contextValue as Context
    if (!(Symbol.asyncIterator in source)) {
      await recordRefusal(context, source)
      return source
    }
    const { operation } = validated
    const { document, operationName = null, variableValues } = args
    const variables = variableValues ?? {}
    const sharingKey = sharingKeys(document, operation, variables, context.viewer)
    const plan = plans(document, operationName)
    const execution = { args: validated, variables, plan, context, sharingKey, shared, maskError }
    return resultsOf(source[Symbol.asyncIterator](), execution)
  }
}

/** What the events of one subscription are executed with. */
type Execution = Readonly<{
  args: ValidatedSubscriptionArgs
  variables: Readonly<Record<string, unknown>>
  /** Answers an event with one statement. Null if graphql-js has to execute it. */
  plan: Plan | null
  context: Context
  sharingKey: SharingKey | null
  shared: SharedExecutions
  maskError: MaskError
}>

function resultsOf(source: AsyncIterator<unknown>, execution: Execution): LiveResults {
  const readEvent = readerOf(source)
  let hasEnded = false
  /** Receives the next result. Null at the end. */
  let receive: (result: LiveResult | null) => void = () => undefined

  // Allocated once per stream, because one event may reach thousands of streams at a time.
  const subscriber: Subscriber = { execution, give: (result) => receive(result) }
  const reader: EventReader<unknown> = {
    take: (event) => (hasEnded ? receive(null) : executeOnce(subscriber, event)),
    end: () => {
      hasEnded = true
      receive(null)
    },
    fail: (error) => {
      // Rethrown, it would close the socket and with it every other operation on it.
      const wasOver = hasEnded
      hasEnded = true
      receive(wasOver ? null : withText({ errors: [asGraphQLError(execution.maskError(error))] }))
    },
  }

  /** Requests the next result, for `receive`. */
  function readNext(): void {
    if (hasEnded) receive(null)
    else readEvent(reader)
  }

  return {
    next: () =>
      new Promise((resolve) => {
        receive = (result) =>
          resolve(result === null ? { done: true, value: undefined } : { done: false, value: result })
        readNext()
      }),
    drain: (take) =>
      new Promise((resolve, reject) => {
        receive = (result) => {
          if (result === null || (hasEnded && result.errors === undefined)) return resolve()
          const taken = take(result)
          if (taken === undefined) readNext()
          else taken.then(readNext, reject)
        }
        readNext()
      }),
    return: async () => {
      hasEnded = true
      await source.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Executes an event, or reuses its execution for the same sharing key. */
function executeOnce(subscriber: Subscriber, event: unknown): void {
  const { sharingKey, shared } = subscriber.execution
  if (sharingKey === null || typeof event !== 'object' || event === null) {
    executeAlone(subscriber, event)
    return
  }
  const byKey = shared.get(event) ?? new Map<SharingKey, SharedExecution>()
  shared.set(event, byKey)
  const before = byKey.get(sharingKey)
  if (before !== undefined) {
    if (before.executed === null) before.waiting.push(subscriber)
    else giveShared(before.executed, subscriber, event)
    return
  }
  const own: SharedExecution = { executed: null, waiting: [] }
  byKey.set(sharingKey, own)
  setTimeout(() => byKey.delete(sharingKey), sharedForMs).unref()
  executeEvent(subscriber.execution, event).then((executed) => {
    own.executed = executed
    // Neither call throws: subscribers write the result, or start an execution of their own.
    giveRecorded(executed, subscriber)
    for (const waiting of own.waiting.splice(0)) giveShared(executed, waiting, event)
  })
}

function giveShared(executed: Executed, subscriber: Subscriber, event: unknown): void {
  if (executed.isPersonal) executeAlone(subscriber, event)
  else giveRecorded(executed, subscriber)
}

function executeAlone(subscriber: Subscriber, event: unknown): void {
  void executeEvent(subscriber.execution, event).then((executed) => giveRecorded(executed, subscriber))
}

/**
 * Records in the audit log that the subscriber sees plaintext names, also if the result was produced for another one.
 */
function giveRecorded({ result, people }: Executed, { execution, give }: Subscriber): void {
  if (people.isEmpty() && result.errors === undefined) {
    give(result)
    return
  }
  const { context, maskError } = execution
  const outcomeOf = (recorded: ExecutionResult) =>
    recorded === result
      ? result
      : withText({ ...recorded, errors: (recorded.errors ?? []).map((error) => asGraphQLError(maskError(error))) })
  void recordAnswer(context, people, result, 'event').then((recorded) => give(outcomeOf(recorded)))
}

/** Never rejects: an error becomes the result. */
async function executeEvent(
  { args, variables, plan, context, maskError }: Execution,
  event: unknown,
): Promise<Executed> {
  const observed = observe(context)
  const masked = (errors: readonly unknown[]) => errors.map((error) => asGraphQLError(maskError(error)))
  try {
    // graphql-js puts a database error in its place in the response.
    const planned = await plan?.answer(variables, observed.context, event).catch(() => null)
    const { people } = observed.context
    if (planned) return { result: withText({ data: planned }), isPersonal: observed.hasReadSubscriber(), people }
    const { errors, ...rest } = await executeSubscriptionEvent({
      ...args,
      rootValue: event,
      contextValue: observed.context,
    })
    const result = withText(errors === undefined ? rest : { errors: masked(errors), ...rest })
    return { result, isPersonal: observed.hasReadSubscriber(), people }
  } catch (error) {
    const people = createPeopleNotes()
    return { result: withText({ errors: masked([error]) }), isPersonal: observed.hasReadSubscriber(), people }
  }
}

/**
 * Creates a context for one event, which tracks whether anything specific to the subscriber is read. Its own memo keeps
 * values loaded for an earlier event from being reused.
 */
function observe(context: Context): { context: Context; hasReadSubscriber: () => boolean } {
  let readsSubscriber = false
  const tracked = <T>(value: T) => ({
    enumerable: true,
    get: () => {
      readsSubscriber = true
      return value
    },
  })
  const { origin, viewer } = context
  const own = { memo: new Map(), people: createPeopleNotes() }
  const observed = { ...context, ...own, viewer: viewer === null ? null : observedViewer(viewer, tracked) }
  Object.defineProperty(observed, 'origin', tracked(origin))
  return { context: observed, hasReadSubscriber: () => readsSubscriber }
}

function observedViewer(viewer: Viewer, tracked: (value: string) => PropertyDescriptor): Viewer {
  const copy = { ...viewer }
  if (copy.kind === 'person') Object.defineProperty(copy, 'sessionId', tracked(copy.sessionId))
  else Object.defineProperty(copy, 'tokenId', tracked(copy.tokenId))
  return copy
}

function withText(result: ExecutionResult): LiveResult {
  let text: string | null = null
  const live: LiveResult = {
    ...result,
    stringify: (answer) => {
      if (answer !== live) return textOf(answer)
      text ??= textOf(live)
      return text
    },
  }
  return live
}

/** The JSON of a result. Functions such as `stringify` are omitted. */
function textOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors === undefined ? rest : { errors: errors.map(withoutHttp), ...rest })
}

function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error })
}

/** The client's view of an error. `extensions.http` is meant for the HTTP layer only. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...formatted } = error.toJSON()
  const { http: _forTheServer, ...others } = extensions ?? {}
  return { ...formatted, extensions: others }
}
