import { InventedPlaceholderError, restore } from '../../../platform/pii/placeholders.ts'
import type { ModelSettings, ProviderAnswer, ProviderFailure } from '../model.ts'
import type { BookingFacts } from '../prompt.model.ts'
import { BadAnswerError, readAnswer } from './answer.model.ts'
import { buildPrompt } from './build-prompt.ts'
import {
  callProvider,
  defaultTimeoutMs,
  type ProviderAccess,
  type ProviderDeps,
  ProviderError,
} from './provider.client.ts'

/** A provider's brief, or why there is none. `tries` is the number of requests sent. */
export type RequestedBrief =
  | Readonly<{ answer: ProviderAnswer; failure: null; tries: number }>
  | Readonly<{ answer: null; failure: ProviderFailure; tries: number }>

// Configuration errors: a retry can't help. A timeout has used up the time of all tries.
const permanentFailures: ReadonlySet<ProviderFailure> = new Set([
  'WRONG_KEY',
  'UNKNOWN_MODEL',
  'ADDRESS_REFUSED',
  'NOT_CONFIGURED',
  'TIMEOUT',
])
const maxTries = 2

export type RequestBriefOptions = Readonly<{
  signal?: AbortSignal
  /** Called before each request. Returns why it may not be sent, or null; the request follows immediately. */
  authorize?: () => Promise<ProviderFailure | null>
}>

/** Requests a brief and retries once, within one time limit, unless the failure is permanent. A provider failure is returned, not thrown. */
export async function requestBrief(
  deps: ProviderDeps,
  facts: BookingFacts,
  settings: ModelSettings,
  access: ProviderAccess,
  { authorize, ...options }: RequestBriefOptions = {},
): Promise<RequestedBrief> {
  const { originals, ...question } = await buildPrompt(facts, settings)
  const endsAt = performance.now() + (deps.providerTimeoutMs ?? defaultTimeoutMs)
  let failure: ProviderFailure = 'UNREACHABLE'
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const refusal = (await authorize?.()) ?? null
    if (refusal !== null) return { answer: null, failure: refusal, tries: tries - 1 }
    try {
      const answer = await callProvider(deps, settings, access, {
        ...question,
        ...options,
        timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
      })
      return { answer: readAnswer(answer, (text) => restore(text, originals)), failure: null, tries }
    } catch (error) {
      failure = failureOf(error)
      if (permanentFailures.has(failure) || options.signal?.aborted) return { answer: null, failure, tries }
    }
  }
  return { answer: null, failure, tries: maxTries }
}

function failureOf(error: unknown): ProviderFailure {
  if (error instanceof ProviderError) return error.failure
  if (error instanceof InventedPlaceholderError) return 'INVENTED_PLACEHOLDER'
  if (error instanceof BadAnswerError) return 'BAD_ANSWER'
  throw error
}
