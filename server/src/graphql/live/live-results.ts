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
import { type Audience, audienceOf } from './audience.ts'

/**
 * One answer of a stream. `stringify` gives the text of an answer: of this one the text that is made once for all who
 * get it, of one that a plugin has made out of it a text of its own. Yoga asks for it by that name.
 */
export type LiveResult = ExecutionResult & Readonly<{ stringify: (answer: ExecutionResult) => string }>

/** The answers of one subscription. The last one may be an error; it never throws. */
export type LiveResults = AsyncIterableIterator<LiveResult, undefined>

/** Starts one subscription: its answers, or why there is none. */
export type LiveSubscribe = (args: ExecutionArgs) => Promise<LiveResults | ExecutionResult>

type MaskError = (error: unknown) => Error

/**
 * How long an answer is handed out after it was made. It is a picture of its moment: who takes up an event later than
 * that gets a new one, made under what holds by then.
 */
const sharedForMs = 1_000

type Executed = Readonly<{ result: LiveResult; isPersonal: boolean }>

/** What has been made for an event, by audience. An event that nobody holds any more takes it along. */
const made = new WeakMap<object, Map<Audience, { at: number; executed: Promise<Executed> }>>()

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
    const execute = (event: unknown) => executeOnce(validated, context, audience, event, maskError)
    return resultsOf(source[Symbol.asyncIterator](), execute, maskError)
  }
}

function resultsOf(
  source: AsyncIterator<unknown>,
  execute: (event: unknown) => Promise<LiveResult>,
  maskError: MaskError,
): LiveResults {
  let hasEnded = false
  const done = { done: true, value: undefined } as const
  return {
    next: async () => {
      if (hasEnded) return done
      try {
        const event = await source.next()
        if (event.done !== true) return { done: false, value: await execute(event.value) }
        hasEnded = true
        return done
      } catch (error) {
        // Thrown further, it would close the whole socket, and with it every other operation on it.
        hasEnded = true
        return { done: false, value: withText({ errors: [asGraphQLError(maskError(error))] }) }
      }
    },
    return: async () => {
      hasEnded = true
      await source.return?.()
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function executeOnce(
  args: ValidatedSubscriptionArgs,
  context: Context,
  audience: Audience | null,
  event: unknown,
  maskError: MaskError,
): Promise<LiveResult> {
  if (audience === null || typeof event !== 'object' || event === null) {
    return (await executeEvent(args, context, event, maskError)).result
  }
  const byAudience = made.get(event) ?? new Map<Audience, { at: number; executed: Promise<Executed> }>()
  made.set(event, byAudience)
  const before = byAudience.get(audience)
  if (before !== undefined && performance.now() - before.at < sharedForMs) {
    const { result, isPersonal } = await before.executed
    return isPersonal ? (await executeEvent(args, context, event, maskError)).result : result
  }
  const executed = executeEvent(args, context, event, maskError)
  byAudience.set(audience, { at: performance.now(), executed })
  return (await executed).result
}

async function executeEvent(
  args: ValidatedSubscriptionArgs,
  context: Context,
  event: unknown,
  maskError: MaskError,
): Promise<Executed> {
  const observed = observe(context)
  const { errors, ...rest } = await executeSubscriptionEvent({
    ...args,
    rootValue: event,
    contextValue: observed.context,
  })
  const masked = errors?.map((error) => asGraphQLError(maskError(error)))
  const result = withText(masked === undefined ? rest : { errors: masked, ...rest })
  return { result, isPersonal: observed.hasLooked() }
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

/** What an error says to the HTTP layer is not for the reader. */
function withoutHttp(error: GraphQLError) {
  const formatted = error.toJSON()
  const { http: _forTheServer, ...extensions } = formatted.extensions ?? {}
  return { ...formatted, extensions }
}

function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error })
}
