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
import type { Context } from '../context.ts'
import { withoutHttp } from '../without-http.ts'
import { type Audience, audienceOf } from './audience.ts'

/**
 * One answer of a stream. `stringify` gives the text of an answer: of this one the text that is made once for all who
 * get it, of one that a plugin has made out of it a text of its own. Yoga asks for it by that name.
 */
export type LiveResult = ExecutionResult &
  Readonly<{
    stringify: (answer: ExecutionResult) => string
    /** The same text in UTF-8, made once as well. */
    bytes: () => Buffer
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

type Take = (result: LiveResult) => void

/** What has been made for an event and an audience, or who waits for it. */
type Made = { isFresh: boolean; executed: Executed | null; readonly waiting: ((executed: Executed) => void)[] }

type Executed = Readonly<{ result: LiveResult; isPersonal: boolean }>

/** By event and audience. An event that nobody holds any more takes it along. */
const madeFor = new WeakMap<object, Map<Audience, Made>>()

/**
 * The engine of every subscription, over whichever door. A source that gives several subscribers one event, as the
 * same object, has it executed and serialized once for each audience among them.
 *
 * An execution that looks at what is one subscriber's own (from where it asks, by which session or token), as everything
 * does that goes on record, counts for that subscriber only, and everybody else is executed on their own.
 */
export function createLiveSubscribe(maskError: MaskError): LiveSubscribe {
  return async (args) => {
    const validated = validateSubscriptionArgs(args)
    if (!('schema' in validated)) return { errors: validated }
    const source = await createSourceEventStream(validated)
    if (!(Symbol.asyncIterator in source)) return source
    // Every operation runs with the context that yoga.ts makes.
    const context = validated.contextValue as Context
    const { schema, operation } = validated
    const audience = audienceOf(schema, args.document, operation, args.variableValues ?? {}, context.viewer)
    const execution = { args: validated, context, audience, maskError }
    return resultsOf(source[Symbol.asyncIterator](), execution)
  }
}

/** All that one subscription's events are executed with. */
type Execution = Readonly<{
  args: ValidatedSubscriptionArgs
  context: Context
  audience: Audience | null
  maskError: MaskError
}>

function resultsOf(source: AsyncIterator<unknown>, execution: Execution): LiveResults {
  let hasEnded = false

  /** Calls back once: with the next answer, or with null at the end. */
  function next(done: (result: LiveResult | null) => void): void {
    if (hasEnded) {
      done(null)
      return
    }
    const fail = (error: unknown) => {
      // Thrown further, it would close the whole socket, and with it every other operation on it.
      const wasOver = hasEnded
      hasEnded = true
      done(wasOver ? null : withText({ errors: [asGraphQLError(execution.maskError(error))] }))
    }
    source.next().then((event) => {
      if (event.done !== true && !hasEnded) return executeOnce(execution, event.value, done)
      hasEnded = true
      done(null)
    }, fail)
  }

  return {
    next: () =>
      new Promise((resolve) => {
        next((result) => resolve(result === null ? { done: true, value: undefined } : { done: false, value: result }))
      }),
    drain: (take) =>
      new Promise((resolve, reject) => {
        const goOn = () => next(each)
        const each = (result: LiveResult | null) => {
          if (result === null || (hasEnded && result.errors === undefined)) return resolve()
          const taken = take(result)
          if (taken === undefined) goOn()
          else taken.then(goOn, reject)
        }
        goOn()
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

/** Executes an event, or takes what has been made of it for the same audience. */
function executeOnce(execution: Execution, event: unknown, take: Take): void {
  const { audience } = execution
  const alone = () => void executeEvent(execution, event).then(({ result }) => take(result))
  if (audience === null || typeof event !== 'object' || event === null) {
    alone()
    return
  }
  const takeOrGoAlone = ({ result, isPersonal }: Executed) => (isPersonal ? alone() : take(result))
  const byAudience = madeFor.get(event) ?? new Map<Audience, Made>()
  madeFor.set(event, byAudience)
  const before = byAudience.get(audience)
  if (before?.isFresh) {
    if (before.executed === null) before.waiting.push(takeOrGoAlone)
    else takeOrGoAlone(before.executed)
    return
  }
  const made: Made = { isFresh: true, executed: null, waiting: [] }
  byAudience.set(audience, made)
  setTimeout(() => {
    made.isFresh = false
  }, sharedForMs).unref()
  executeEvent(execution, event).then((executed) => {
    made.executed = executed
    // Nobody throws here: whoever takes an answer writes it, or starts on their own.
    take(executed.result)
    for (const waiting of made.waiting.splice(0)) waiting(executed)
  })
}

/** Never rejects: what fails is the answer. */
async function executeEvent({ args, context, maskError }: Execution, event: unknown): Promise<Executed> {
  const observed = observe(context)
  const masked = (errors: readonly unknown[]) => errors.map((error) => asGraphQLError(maskError(error)))
  try {
    const { errors, ...rest } = await executeSubscriptionEvent({
      ...args,
      rootValue: event,
      contextValue: observed.context,
    })
    const result = withText(errors === undefined ? rest : { errors: masked(errors), ...rest })
    return { result, isPersonal: observed.hasLooked() }
  } catch (error) {
    return { result: withText({ errors: masked([error]) }), isPersonal: observed.hasLooked() }
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
  const observed = { ...context, memo: new Map(), viewer: viewer === null ? null : observedViewer(viewer, tellTale) }
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
  let bytes: Buffer | null = null
  const live: LiveResult = {
    ...result,
    bytes: () => {
      bytes ??= Buffer.from(live.stringify(live))
      return bytes
    },
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
