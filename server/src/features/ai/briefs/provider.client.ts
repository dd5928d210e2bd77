import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, type LanguageModel, Output } from 'ai'
import { AnswerTooLongError, ForbiddenAddressError } from '../../../platform/http/guarded-fetch.ts'
import type { Secret } from '../../../platform/secret.ts'
import { askedAnswerSchema, type ModelSettings, type ProviderFailure } from '../model.ts'

/** Where a provider is, and with what it lets us in. */
export type ProviderAccess = Readonly<{ baseUrl: string; apiKey: Secret | null }>

/** `providerFetch` connects to no address that the operator has not allowed, and follows no redirect. */
export type ProviderDeps = Readonly<{ providerFetch: typeof fetch }>

/** The provider gave no answer that can be used; `failure` says why, and no word of what it said. */
export class ProviderError extends Error {
  readonly failure: ProviderFailure
  constructor(failure: ProviderFailure) {
    super(`The provider gave no brief: ${failure}.`)
    this.failure = failure
  }
}

/** Milliseconds that one asking may take. */
const maxRequestMs = 30_000

// The SDK would print its warnings beside our log, in a form of its own.
globalThis.AI_SDK_LOG_WARNINGS = false

/**
 * Asks a provider once for a brief, in the provider's own protocol, through the AI SDK. What comes back has the shape that
 * was asked for; `readAnswer` says whether it is a brief.
 *
 * @throws ProviderError with the reason as a code
 */
export async function callProvider(
  { providerFetch }: ProviderDeps,
  settings: Omit<ModelSettings, 'promptTemplate' | 'piiDetection'>,
  access: ProviderAccess,
  question: Readonly<{ instructions: string; prompt: string; timeoutMs?: number; signal?: AbortSignal }>,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(question.timeoutMs ?? maxRequestMs)
  try {
    const { output } = await generateText({
      model: modelOf(settings, access, providerFetch),
      instructions: question.instructions,
      prompt: question.prompt,
      output: Output.object({ schema: askedAnswerSchema, name: 'brief' }),
      maxOutputTokens: settings.maxTokens,
      temperature: settings.temperature,
      // One retry is the caller's, who knows what a failure means; and nothing of it goes to anybody who traces.
      maxRetries: 0,
      abortSignal: question.signal === undefined ? timeout : AbortSignal.any([timeout, question.signal]),
      telemetry: { isEnabled: false },
    })
    return output
  } catch (error) {
    throw new ProviderError(timeout.aborted ? 'TIMEOUT' : failureOf(error))
  }
}

function modelOf(
  { provider, model }: Pick<ModelSettings, 'provider' | 'model'>,
  access: ProviderAccess,
  providerFetch: typeof fetch,
): LanguageModel {
  // Never undefined: the SDK would look for a key, and for an address, in the environment.
  const apiKey = access.apiKey?.reveal() ?? 'none'
  const options = { baseURL: access.baseUrl, apiKey, fetch: providerFetch }
  switch (provider) {
    case 'openai':
      return createOpenAI(options).chat(model)
    case 'anthropic':
      return createAnthropic(options)(model)
    case 'local':
      return createOpenAICompatible({ ...options, name: 'local', supportsStructuredOutputs: true })(model)
  }
}

function failureOf(error: unknown): ProviderFailure {
  const causes = causesOf(error)
  if (causes.some((cause) => cause instanceof ForbiddenAddressError)) return 'ADDRESS_REFUSED'
  if (causes.some((cause) => cause instanceof AnswerTooLongError)) return 'BAD_ANSWER'
  const call = causes.find((cause) => APICallError.isInstance(cause))
  if (call === undefined) return causes.some(isOfTheNetwork) ? 'UNREACHABLE' : 'BAD_ANSWER'
  const { statusCode } = call
  if (statusCode === undefined) return 'UNREACHABLE'
  if (statusCode === 401 || statusCode === 403) return 'WRONG_KEY'
  if (statusCode === 404) return 'UNKNOWN_MODEL'
  if (statusCode === 429) return 'RATE_LIMITED'
  if (statusCode >= 500) return 'FAILED'
  // A redirect is not followed; a good status is an answer that could not be read.
  return statusCode >= 300 ? 'REFUSED' : 'BAD_ANSWER'
}

function isOfTheNetwork(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    'code' in cause &&
    /^(?:E[A-Z_]+|UND_ERR|CERT_|SELF_SIGNED|DEPTH_ZERO)/.test(String(cause.code))
  )
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}
