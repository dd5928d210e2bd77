import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  GraphQLError,
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
import { withoutHttp } from './without-http.ts'

/**
 * One answer of a stream. `stringify` gives the text of an answer: of this one the text that is made once for all who
 * get it, of one that a plugin has made out of it a text of its own. Yoga asks for it by that name.
 */
export type LiveResult = ExecutionResult &
  Readonly<{
    stringify: (answer: ExecutionResult) => string
  }>

/** The answers of one subscription. The last one may be an error; it never throws. */
export type LiveResults = AsyncIterableIterator<LiveResult, undefined> &
  Readonly<{
    /**
     * Hands every answer to `take` until they end, or `return` is called; a promise that `take` returns is waited for. What
     * is live comes to all who share it in one turn, which costs far less than a promise for each of them.
     */
    drain(take: (result: LiveResult) => Promise<void> | undefined): Promise<void>
  }>

/** Starts one subscription: its answers, or why there is none. */
export type LiveSubscribe = (args: ExecutionArgs) => Promise<LiveResults | ExecutionResult>

type MaskError = (error: unknown) => Error

/**
 * How long an answer is handed out after it was made. It is a picture of its moment: who takes up an event later than
 * that gets a new one, made under what holds by then.
 */
const sharedForMs = 1_000

/** One subscription that has taken an event up and is given what becomes of it. */
type Subscriber = Readonly<{ execution: Execution; give(result: LiveResult): void }>

/** The execution of an event for one sharing key, or the subscribers that wait for it. */
type SharedExecution = { executed: Executed | null; readonly waiting: Subscriber[] }

type Executed = Readonly<{ result: LiveResult; isPersonal: boolean; people: PeopleNotes }>

/** By event and sharing key, while they are fresh. They go with the event. */
type SharedExecutions = WeakMap<object, Map<SharingKey, SharedExecution>>

/**
 * Creates the engine of every subscription, over every transport. A source that gives several subscribers one event, as the
 * same object, has it executed and serialized once for each sharing key among them.
 *
 * An execution that looks at what is one subscriber's own (from where it asks, by which session or token), as everything
 * does that goes on record, counts for that subscriber only, and everybody else is executed on their own.
 */
export function createLiveSubscribe(maskError: MaskError, plans: Plans, sharingKeys: SharingKeys): LiveSubscribe {
  const shared: SharedExecutions = new WeakMap()

  return async (args) => {
    const validated = validateSubscriptionArgs(args)
    if (!('schema' in validated)) return { errors: validated }
    const source = await createSourceEventStream(validated)
    // Every operation runs with the context that yoga.ts makes.
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

/** All that one subscription's events are executed with. */
type Execution = Readonly<{
  args: ValidatedSubscriptionArgs
  variables: Readonly<Record<string, unknown>>
  /** How an event is answered from one statement; null where graphql-js has to. */
  plan: Plan | null
  context: Context
  sharingKey: SharingKey | null
  shared: SharedExecutions
  maskError: MaskError
}>

function resultsOf(source: AsyncIterator<unknown>, execution: Execution): LiveResults {
  const ask = readerOf(source)
  let hasEnded = false
  /** Whoever waits for the next answer: null is the end. */
  let taker: (result: LiveResult | null) => void = () => undefined

  // One of each for the whole stream, because an event may come to thousands of streams at once.
  const subscriber: Subscriber = { execution, give: (result) => taker(result) }
  const asker: EventReader<unknown> = {
    take: (event) => (hasEnded ? taker(null) : executeOnce(subscriber, event)),
    end: () => {
      hasEnded = true
      taker(null)
    },
    fail: (error) => {
      // Thrown further, it would close the whole socket, and with it every other operation on it.
      const wasOver = hasEnded
      hasEnded = true
      taker(wasOver ? null : withText({ errors: [asGraphQLError(execution.maskError(error))] }))
    },
  }

  /** Asks for the next answer, for `taker`. */
  function askNext(): void {
    if (hasEnded) taker(null)
    else ask(asker)
  }

  return {
    next: () =>
      new Promise((resolve) => {
        taker = (result) => resolve(result === null ? { done: true, value: undefined } : { done: false, value: result })
        askNext()
      }),
    drain: (take) =>
      new Promise((resolve, reject) => {
        taker = (result) => {
          if (result === null || (hasEnded && result.errors === undefined)) return resolve()
          const taken = take(result)
          if (taken === undefined) askNext()
          else taken.then(askNext, reject)
        }
        askNext()
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

/** Executes an event, or takes its execution for the same sharing key. */
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
    // Nobody throws here: whoever takes an answer writes it, or starts on their own.
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

/** Each subscriber who gets people in clear is on record first, also where the answer was made for another. */
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

/** Never rejects: what fails is the answer. */
async function executeEvent(
  { args, variables, plan, context, maskError }: Execution,
  event: unknown,
): Promise<Executed> {
  const observed = observe(context)
  const masked = (errors: readonly unknown[]) => errors.map((error) => asGraphQLError(maskError(error)))
  try {
    // An error of the database has a place in the answer, which graphql-js gives it.
    const planned = await plan?.answer(variables, observed.context, event).catch(() => null)
    const { people } = observed.context
    if (planned) return { result: withText({ data: planned }), isPersonal: observed.hasLooked(), people }
    const { errors, ...rest } = await executeSubscriptionEvent({
      ...args,
      rootValue: event,
      contextValue: observed.context,
    })
    const result = withText(errors === undefined ? rest : { errors: masked(errors), ...rest })
    return { result, isPersonal: observed.hasLooked(), people }
  } catch (error) {
    const people = createPeopleNotes()
    return { result: withText({ errors: masked([error]) }), isPersonal: observed.hasLooked(), people }
  }
}

/** A context of this event's own, so that nothing loaded for an earlier one is taken for new, which knows what was asked of it. */
function observe(context: Context): { context: Context; hasLooked: () => boolean } {
  let hasLooked = false
  const tellTale = <T>(value: T) => ({
    enumerable: true,
    get: () => {
      hasLooked = true
      return value
    },
  })
  const { origin, viewer } = context
  const own = { memo: new Map(), people: createPeopleNotes() }
  const observed = { ...context, ...own, viewer: viewer === null ? null : observedViewer(viewer, tellTale) }
  Object.defineProperty(observed, 'origin', tellTale(origin))
  return { context: observed, hasLooked: () => hasLooked }
}

function observedViewer(viewer: Viewer, tellTale: (value: string) => PropertyDescriptor): Viewer {
  const copy = { ...viewer }
  if (copy.kind === 'person') Object.defineProperty(copy, 'sessionId', tellTale(copy.sessionId))
  else Object.defineProperty(copy, 'tokenId', tellTale(copy.tokenId))
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

/** JSON of an answer; functions, such as `stringify`, are no part of it. */
function textOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors === undefined ? rest : { errors: errors.map(withoutHttp), ...rest })
}

function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error })
}
